// SPDX-License-Identifier: GPL-2.0-or-later
// Rows W, M04, M07, N10, G14: swapping, seen from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "tests/rows/row_run.h"
#include "tests/unit/devices/memory_disk.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kOut = 8;
constexpr uint32_t kMayNotBeSet = 0xC1;  // present, nonlinear, PROT_NONE

/// A machine with 8 MiB of RAM and 32 MiB of swap space.
class SwapRow : public Row {
  public:
    SwapRow() {
        constexpr uint32_t kPages = (32u << 20) / kPageSize;
        for (uint32_t i = 0; i < kPageSize / kSectorSize; i++)
            std::ranges::fill(disk_.sector(i), uint8_t{0});
        const uint32_t header[] = {1, kPages - 1, 0};
        std::memcpy(disk_.sector(2).data(), header, sizeof header);
        std::memcpy(disk_.sector(7).data() + kSectorSize - 10, "SWAPSPACE2", 10);
        options.ram = 8u << 20;
        options.disks = {&disk_, nullptr};
    }

  private:
    MemoryDisk disk_{(32u << 20) / kSectorSize};
};

bool names_a_slot(uint32_t pte) {
    return pte != 0 && (pte & kMayNotBeSet) == 0;
}
uint32_t pte_of(const Moment& now, const char* who, uint32_t page = 0) {
    return now.pte(now.number(who), now.number("at") + page * kPageSize);
}
/// Users of the slot that an entry names; there is one area.
uint32_t users(const Moment& now, uint32_t pte) {
    EXPECT_EQ(pte >> 1 & 0x1F, 0u) << "the first area";
    return now.variable("swap_info").u32("[0].map.count[" + std::to_string(pte >> 8) + "]");
}
uint32_t anon_rss(const Moment& now, const char* who) {
    return now.mm(now.number(who)).u32("_anon_rss");
}
uint32_t slots_in_use(const Moment& now) {
    return now.variable("swap_info").u32("[0].map.in_use");
}

TEST(Row, W07_a_swapped_page_leaves_its_slot_in_the_entry_and_comes_back) {
    SwapRow row;
    uint32_t before = 0, swapped = 0, major = 0;
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
        major = now.task(now.number("self")).u32("maj_flt");
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_TRUE(pte_of(now, "self") & kPresent);
        EXPECT_GT(anon_rss(now, "self"), swapped);
        EXPECT_GT(now.task(now.number("self")).u32("maj_flt"), major);
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

TEST(Row, W12_a_holder_that_exits_leaves_the_token_to_nobody) {
    SwapRow row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(now.variable("swap_token_mm").u32(), now.mm(now.number("child")).address());
    });
    row.at(2, [](const Moment& now) { EXPECT_EQ(now.variable("swap_token_mm").u32(), 0u); });
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
