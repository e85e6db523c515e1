// SPDX-License-Identifier: GPL-2.0-or-later
// Rows W, M04, M07, N10, G14: swapping, seen from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/rows/swap_row.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kOut = 8;

uint32_t anon_rss(const Moment& now, const char* who) {
    return anon_rss(now.mm(now.number(who)));
}
uint32_t slots_in_use(const Moment& now) {
    return now.variable("swap_info").u32("[0].map.in_use");
}

TEST(Row, W07_a_swapped_page_leaves_its_slot_in_the_entry_and_comes_back) {
    SwapRow row;
    uint32_t before = 0, swapped = 0;
    std::vector<uint32_t> results;  // of the fault that brings the first page back
    row.at_call(2, 3, "handle_mm_fault", 3, {}, [&](const Moment& now, const CallMoment& call) {
        if (call.words[2] == now.number("at")) results.push_back(call.registers.eax);
    });
    row.at(1, [&](const Moment& now) {
        for (uint32_t i = 0; i < kOut; i++)
            EXPECT_TRUE(pte_of(now, "self", i) & kPresent);
        before = anon_rss(now, "self");
    });
    row.at(2, [&](const Moment& now) {
        std::set<uint32_t> slots;
        for (uint32_t i = 0; i < kOut; i++) {
            const uint32_t pte = pte_of(now, "self", i);
            EXPECT_TRUE(names_a_slot(pte)) << std::hex << pte;
            EXPECT_EQ(users(now, pte), 1u);
            slots.insert(pte >> 8);
        }
        EXPECT_EQ(slots.size(), kOut);
        EXPECT_FALSE(slots.contains(0)) << "the header's";
        EXPECT_LE(anon_rss(now, "self"), before - kOut);
        EXPECT_GE(slots_in_use(now), kOut);
        swapped = anon_rss(now, "self");
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_TRUE(pte_of(now, "self") & kPresent);
        EXPECT_GT(anon_rss(now, "self"), swapped);
        constexpr uint32_t kEarlyMinor = 1, kEarlyMajor = 2, kMajor = 4;
        EXPECT_EQ(results, std::vector{by_edition(kEarlyMinor, kEarlyMajor, kEarlyMajor, kMajor)})
            << "major, if it was read from the device; 2.4.0 does not tell";
    });
    row.at(4, [](const Moment& now) { EXPECT_EQ(pte_of(now, "self"), 0u); });
    row.run();
}

TEST(Row, W08_a_locked_page_is_never_swapped) {
    SwapRow row;
    row.at(1, [](const Moment& now) {
        EXPECT_GT(now.variable("vm_stat").u32("pswpout"), 500u);
        for (uint32_t i = 0; i < kOut; i++)
            EXPECT_TRUE(pte_of(now, "self", i) & kPresent);
    });
    row.run();
}

TEST(Row, W09_a_page_that_was_used_is_looked_at_twice) {
    SwapRow row;
    bool used = false, looked_at = false, out = false;
    row.watch(1, 2, 200'000, [&](const Moment& now) {
        const uint32_t pte = pte_of(now, "self");
        if (pte & kPresent) (pte & kAccessed ? used : looked_at) = true;
        if (names_a_slot(pte)) {
            EXPECT_TRUE(looked_at || out) << "it left though it had just been used";
            out = true;
        }
    });
    row.at(1, [](const Moment& now) { EXPECT_TRUE(pte_of(now, "self") & kAccessed); });
    row.at(2, [](const Moment& now) { EXPECT_TRUE(names_a_slot(pte_of(now, "self"))); });
    row.run();
    EXPECT_TRUE(used && looked_at && out);
}

TEST(Row, W10_fork_with_a_swapped_page_counts_its_slot_twice) {
    SwapRow row;
    uint32_t pte = 0;
    row.at(1, [&](const Moment& now) {
        pte = pte_of(now, "self");
        EXPECT_TRUE(names_a_slot(pte));
        EXPECT_EQ(users(now, pte), 1u);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(pte_of(now, "self"), pte);
        EXPECT_EQ(pte_of(now, "child"), pte);
        EXPECT_EQ(users(now, pte), 2u);
    });
    row.at(3, [&](const Moment& now) { EXPECT_EQ(users(now, pte), 1u); });
    row.at(4, [&](const Moment& now) {
        EXPECT_TRUE(pte_of(now, "child") & kPresent);
        EXPECT_EQ(pte_of(now, "self"), pte);
        EXPECT_EQ(users(now, pte), 2u) << "the parent's entry and the swap cache";
    });
    row.at(5, [&](const Moment& now) { EXPECT_EQ(users(now, pte), 0u); });
    row.run();
}

TEST(Row, W11_the_swap_token_goes_to_whom_it_is_worth_most) {
    SwapRow row;
    uint32_t priority = 0, stamp = 0;
    row.at(1, [&](const Moment& now) { priority = now.mm(now.number("self")).u32("token_priority"); });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(now.variable("swap_token_mm").u32(), mm.address());
        EXPECT_GE(mm.u32("token_priority"), priority + 2);
        EXPECT_GT(mm.u32("faultstamp"), 0u);
        priority = mm.u32("token_priority");
        stamp = mm.u32("faultstamp");
    });
    row.at(3, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(now.variable("swap_token_mm").u32(), mm.address());
        EXPECT_EQ((mm.u32("token_priority") - priority) % 2, 0u) << "each claim of the holder adds 2";
        EXPECT_GT(mm.u32("token_priority"), priority);
        EXPECT_GT(mm.u32("faultstamp"), stamp);
        EXPECT_EQ(mm.u32("last_interval"), 1u) << "nobody else faulted since";
    });
    row.run();
}

/// Whoever holds the token at a moment had the greater claim when it came to him.
TEST(Row, W11_a_claim_that_grows_takes_the_token_over) {
    SwapRow row;
    uint32_t holder = 0;
    row.at(1, [&](const Moment& now) {
        holder = now.variable("swap_token_mm").u32();
        EXPECT_EQ(holder, now.mm(now.number("self")).address());
    });
    row.at(2, [&](const Moment& now) {
        const Object climber = now.mm(now.number("climber"));
        EXPECT_EQ(now.variable("swap_token_mm").u32(), climber.address());
        EXPECT_GT(climber.u32("token_priority"), now.object("mm_struct", holder).u32("token_priority"));
        EXPECT_EQ(climber.u32("last_interval"), 2u) << "one other fault between its last two";
        EXPECT_LE(now.mm(now.number("other")).u32("token_priority"), 2u)
            << "faults often, but not ever more so";
    });
    row.run();
}

void expect_holder(const Moment& now, const char* who) {
    EXPECT_EQ(now.variable("swap_token_mm").u32(), now.mm(now.number(who)).address());
}

TEST(Row, W11_the_swap_token_is_asked_for_every_two_seconds) {
    SwapRow row;
    row.at(1, [](const Moment& now) { expect_holder(now, "self"); });
    for (const uint32_t id : {2u, 3u}) {
        row.at(id, [](const Moment& now) {
            expect_holder(now, "self");
            EXPECT_EQ(mm_of(now).u32("recent_pagein"), 1u);
        });
    }
    row.at(4, [](const Moment& now) {
        expect_holder(now, "self");
        EXPECT_EQ(mm_of(now).u32("recent_pagein"), 0u) << "somebody has asked";
    });
    row.at(5, [](const Moment& now) {
        expect_holder(now, "other");
        EXPECT_NE(mm_of(now).u32("swap_token_time"), 0u);
        EXPECT_LE(mm_of(now).u32("swap_token_time"), now.variable("jiffies").u32()) << "at any time again";
    });
    row.run();
}

TEST(Row, W11_a_holder_that_has_had_his_time_gives_the_token_up) {
    constexpr uint32_t kTicks = 100;
    SwapRow row;
    row.at(1, [](const Moment& now) { expect_holder(now, "self"); });
    row.at(2, [](const Moment& now) {
        expect_holder(now, "other");
        EXPECT_GT(mm_of(now).u32("swap_token_time"), now.variable("jiffies").u32() + 4 * kTicks)
            << "not before it could have kept it so long again";
    });
    row.run();
}

TEST(Row, P07_swapped_pages_move_with_their_entries) {
    SwapRow row;
    std::vector<uint32_t> entries;
    row.at(1, [&](const Moment& now) {
        for (uint32_t i = 0; i < kOut; i++)
            entries.push_back(pte_of(now, "self", i));
    });
    row.at(2, [&](const Moment& now) {
        for (uint32_t i = 0; i < kOut; i++) {
            EXPECT_EQ(pte_of(now, "self", i), 0u);
            const uint32_t moved = now.pte(now.number("self"), now.number("moved") + i * kPageSize);
            EXPECT_EQ(moved, entries[i]);
            EXPECT_TRUE(names_a_slot(moved));
            EXPECT_EQ(users(now, moved), 1u);
        }
    });
    row.run();
}

TEST(Row, P09_locked_pages_stay_until_they_are_unlocked) {
    SwapRow row;
    const auto out = [](const Moment& now) {
        std::string pages;
        for (uint32_t i = 0; i < kOut; i++)
            pages += names_a_slot(pte_of(now, "self", i)) ? 'o' : '.';
        return pages;
    };
    row.at(1, [&](const Moment& now) {
        EXPECT_EQ(now.mm(now.number("self")).u32("locked_vm"), 4u);
        EXPECT_EQ(out(now), "oo....oo");
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(now.mm(now.number("self")).u32("locked_vm"), 0u);
        EXPECT_EQ(out(now), "oooooooo");
    });
    row.run();
}

TEST(Row, W12_a_holder_that_exits_leaves_the_token_to_nobody) {
    SwapRow row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(now.variable("swap_token_mm").u32(), now.mm(now.number("child")).address());
    });
    row.at(2, [](const Moment& now) {
        const uint32_t nobody = since(Edition::v2_6_28) ? 0 : now.variable("init_mm").address();
        EXPECT_EQ(now.variable("swap_token_mm").u32(), nobody);
    });
    row.run();
}

TEST(Row, W13_a_child_begins_without_a_claim_to_the_token) {
    SwapRow row;
    row.at(1, [](const Moment& now) {
        const Object parent = now.mm(now.number("self")), child = now.mm(now.number("child"));
        EXPECT_GT(parent.u32("token_priority"), 0u);
        EXPECT_EQ(child.u32("token_priority"), 0u);
        EXPECT_EQ(child.u32("last_interval"), 0u);
        EXPECT_GT(child.u32("faultstamp"), 0u);
    });
    row.run();
}

TEST(Row, M07_a_space_joins_the_list_with_its_first_swapped_page) {
    SwapRow row;
    row.at(1, [](const Moment& now) {
        const Object link = now.mm(now.number("self")).at("mmlist");
        EXPECT_EQ(link.u32("next"), link.address());
    });
    row.at(2, [](const Moment& now) {
        const Object link = now.mm(now.number("self")).at("mmlist");
        EXPECT_EQ(now.variable("init_mm").u32("mmlist.next"), link.address());
    });
    row.at(3, [](const Moment& now) {
        const Object link = now.mm(now.number("self")).at("mmlist");
        EXPECT_EQ(link.u32("next"), now.mm(now.number("child")).at("mmlist").address());
    });
    row.run();
}

TEST(Row, M04_a_space_that_ends_leaves_the_list) {
    const auto link_of = [](const Moment& now, const char* who) {
        return now.mm(now.number(who)).at("mmlist");
    };
    const auto expect_neighbours = [](const Object& left, const Object& right) {
        EXPECT_EQ(left.u32("next"), right.address());
        EXPECT_EQ(right.u32("prev"), left.address());
    };
    SwapRow row;
    row.at(1, [&](const Moment& now) {
        expect_neighbours(link_of(now, "self"), link_of(now, "second"));
        expect_neighbours(link_of(now, "second"), link_of(now, "first"));
    });
    row.at(2, [&](const Moment& now) { expect_neighbours(link_of(now, "self"), link_of(now, "first")); });
    row.at(3, [&](const Moment& now) {
        const Object head = now.variable("init_mm").at("mmlist");
        expect_neighbours(head, link_of(now, "self"));
        expect_neighbours(link_of(now, "self"), head);
    });
    row.run();
}

TEST(Row, N10_reclaim_takes_a_page_from_all_who_map_it) {
    SwapRow row;
    uint32_t parents = 0, childs = 0;
    row.at(1, [&](const Moment& now) {
        EXPECT_EQ(pte_of(now, "self") >> 12, pte_of(now, "child") >> 12);
        parents = anon_rss(now, "self");
        childs = anon_rss(now, "child");
    });
    row.at(2, [&](const Moment& now) {
        const uint32_t pte = pte_of(now, "self");
        EXPECT_TRUE(names_a_slot(pte));
        EXPECT_EQ(pte_of(now, "child"), pte);
        EXPECT_EQ(users(now, pte), 2u);
        EXPECT_LE(anon_rss(now, "self"), parents - kOut);
        EXPECT_LE(anon_rss(now, "child"), childs - kOut);
    });
    row.run();
}

/// What the page-fault trap does when there is nothing left and nobody to kill.
TEST(Row, G14_pid_1_when_nothing_is_left) {
    BootOptions options;
    options.ram = 8u << 20;
    options.kernel = edition_kernel();
    options.command_line = "init=/rows/G14_pid_1_when_nothing_is_left";
    options.until_seconds = 2;
    const BootResult result = boot(options);
    EXPECT_THAT(result.serial, testing::HasSubstr("it takes what there is"));
    if (since(Edition::v2_4_18)) {
        EXPECT_EQ(result.end.end, RunEnd::TimeLimit) << "it tries again";
        EXPECT_THAT(result.serial, testing::Not(testing::HasSubstr("VM: killing process")));
    } else {
        EXPECT_THAT(result.serial, testing::HasSubstr("VM: killing process G14_pid_1_when_"));
        EXPECT_THAT(result.serial, testing::HasSubstr("Kernel panic: Attempted to kill init! signal 9"));
    }
}

TEST(Row, G14_without_memory_a_user_process_is_ended_and_pid_1_goes_on) {
    Row row;
    row.options.ram = 8u << 20;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(now.task(1).u32("state"), 0u);
        EXPECT_EQ(now.variable("vm_stat").u32("oom_kill"), 1u);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
