// SPDX-License-Identifier: GPL-2.0-or-later
// Rows that only the early editions have: their lists, exec in the same space, the scan that takes pages out
// of spaces.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "devices/i8042.h"
#include "tests/rows/swap_row.h"

namespace mmscope::test {
namespace {

using testing::ElementsAreArray;

constexpr uint32_t kSlots = 0x50000000, kTaskSize = 0xC0000000, kLocked = 0x2000;

std::vector<std::string> names_of_members(const Moment& now, const char* tag) {
    std::vector<std::string> names;
    const Type* type = now.inspector.kernel().image().types().find_tag(tag);
    if (type == nullptr) return names;
    for (const Member& member : type->members)
        names.push_back(member.name);
    return names;
}

/// mm_struct of 2.4 but for its tree, in order.
std::vector<std::string> members_of_mm(const char* tree) {
    return {"mmap",       tree,          "mmap_cache",      "pgd",      "mm_users",    "mm_count",
            "map_count",  "mmap_sem",    "page_table_lock", "mmlist",   "start_code",  "end_code",
            "start_data", "end_data",    "start_brk",       "brk",      "start_stack", "arg_start",
            "arg_end",    "env_start",   "env_end",         "rss",      "total_vm",    "locked_vm",
            "def_flags",  "cpu_vm_mask", "swap_address",    "dumpable", "context"};
}

TEST(Row, Q01_the_debug_information_has_every_member_in_its_order) {
    constexpr const char* kVma[] = {"vm_mm",        "vm_start",      "vm_end",         "vm_next",
                                    "vm_page_prot", "vm_flags",      "vm_avl_height",  "vm_avl_left",
                                    "vm_avl_right", "vm_next_share", "vm_pprev_share", "vm_ops",
                                    "vm_pgoff",     "vm_file",       "vm_raend",       "vm_private_data"};
    Row row;
    row.at(1, [&](const Moment& now) {
        EXPECT_EQ(members_of_mm("mmap_avl").size(), 29u);
        EXPECT_THAT(names_of_members(now, "mm_struct"), ElementsAreArray(members_of_mm("mmap_avl")));
        EXPECT_THAT(names_of_members(now, "vm_area_struct"), ElementsAreArray(kVma));
        EXPECT_THAT(names_of_members(now, "mm_context_t"), testing::ElementsAre("segments"));
        EXPECT_EQ(now.inspector.kernel().edition(), "2.4.0");
    });
    row.run();
}

TEST(Row, Q02_the_debug_information_has_every_member_in_its_order) {
    constexpr const char* kVma[] = {"vm_mm",    "vm_start", "vm_end",        "vm_next",        "vm_page_prot",
                                    "vm_flags", "vm_rb",    "vm_next_share", "vm_pprev_share", "vm_ops",
                                    "vm_pgoff", "vm_file",  "vm_raend",      "vm_private_data"};
    Row row;
    row.at(1, [&](const Moment& now) {
        EXPECT_THAT(names_of_members(now, "mm_struct"), ElementsAreArray(members_of_mm("mm_rb")));
        EXPECT_THAT(names_of_members(now, "vm_area_struct"), ElementsAreArray(kVma));
        EXPECT_THAT(names_of_members(now, "mm_context_t"), testing::ElementsAre("segments", "cpuvalid"));
        EXPECT_THAT(names_of_members(now, "rb_node"),
                    testing::ElementsAre("rb_parent", "rb_color", "rb_right", "rb_left"));
        EXPECT_EQ(now.inspector.kernel().edition(), "2.4.18");
    });
    row.run();
}

TEST(Row, Q05_one_bit_is_read_as_one_bit) {
    Row row;
    const auto expect = [&](uint32_t checkpoint, uint32_t value) {
        row.at(checkpoint, [value](const Moment& now) { EXPECT_EQ(mm_of(now).u32("dumpable"), value); });
    };
    expect(1, 1);
    expect(2, 0);
    expect(3, 1);
    row.run();
}

TEST(Row, L13_exec_by_the_only_user_keeps_the_space) {
    Row row;
    uint32_t mm = 0, pgd = 0;
    row.at(1, [&](const Moment& now) {
        mm = mm_of(now).address();
        pgd = mm_of(now).u32("pgd");
        EXPECT_NE(now.areas_in(self(now), kSlots, kSlots + kPageSize), "");
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(mm_of(now).address(), mm);
        EXPECT_EQ(mm_of(now).u32("pgd"), pgd);
        EXPECT_EQ(mm_of(now).u32("mm_users"), 1u);
        EXPECT_EQ(now.areas_in(self(now), kSlots, kSlots + kPageSize), "") << "the old program's";
    });
    row.run();
}

uint32_t link_of(const Object& mm) {
    return mm.at("mmlist").address();
}

TEST(Row, M02_a_child_is_listed_behind_its_parent) {
    Row row;
    const auto expect_behind = [](const Moment& now, const char* child) {
        EXPECT_EQ(mm_of(now).u32("mmlist.next"), link_of(now.mm(now.number(child))));
        EXPECT_EQ(now.mm(now.number(child)).u32("mmlist.prev"), link_of(mm_of(now)));
    };
    row.at(1, [&](const Moment& now) {
        expect_behind(now, "second");
        EXPECT_EQ(now.mm(now.number("second")).u32("mmlist.next"), link_of(now.mm(now.number("first"))));
    });
    row.at(2, [&](const Moment& now) { expect_behind(now, "first"); });
    // 2.4.18's joins before it has areas, 2.4.0's when it is complete.
    uint32_t listed = 0, copies = 0;
    row.at(3, [&](const Moment& now) { listed = now.variable("mmlist_nr").u32(); });
    row.at_call(3, 4, "copy_page_range", 0, [&](const Moment& now, const CallMoment&) {
        ++copies;
        EXPECT_EQ(now.variable("mmlist_nr").u32(), listed + (since(Edition::v2_4_18) ? 1 : 0));
    });
    row.at(4, [&](const Moment& now) { EXPECT_EQ(now.variable("mmlist_nr").u32(), listed + 1); });
    row.run();
    EXPECT_GT(copies, 3u);
}

TEST(Row, M03_a_space_that_exec_makes_is_listed_first) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object other = now.mm(now.number("other"));
        EXPECT_NE(other.address(), mm_of(now).address());
        EXPECT_EQ(now.variable("init_mm").u32("mmlist.next"), link_of(other));
    });
    row.run();
}

TEST(Row, M05_the_spaces_on_the_list_are_counted) {
    Row row;
    uint32_t counted[5] = {};
    for (uint32_t id = 1; id <= 4; ++id) {
        row.at(id, [&counted, id](const Moment& now) {
            const Object head = now.variable("init_mm").at("mmlist");
            uint32_t spaces = 0;
            for (uint32_t at = head.u32("next"); at != head.address() && spaces < 100; ++spaces)
                at = now.object("list_head", at).u32("next");
            EXPECT_EQ(now.variable("mmlist_nr").u32(), spaces);
            counted[id] = spaces;
        });
    }
    row.run();
    EXPECT_EQ(counted[2], counted[1] + 2);
    EXPECT_EQ(counted[3], counted[1] + 1);
    EXPECT_EQ(counted[4], counted[1]);
}

TEST(Row, V03_the_tree_is_built_at_32_areas) {
    Row row;
    int without = 0, with = 0;
    for (uint32_t id = 1; id <= 41; ++id) {
        row.at(id, [&](const Moment& now) {
            const uint32_t areas = mm_of(now).u32("map_count"), tree = mm_of(now).u32("mmap_avl");
            EXPECT_EQ(tree != 0, areas >= 32) << areas;
            ++(tree ? with : without);
        });
    }
    row.run();
    EXPECT_GT(without, 20);
    EXPECT_GT(with, 5);
}

/// Height of the subtree, and how many areas it has; the audit has checked the rest (INV-04).
uint32_t areas_below(const Moment& now, uint32_t node, uint32_t depth, uint32_t& deepest) {
    if (node == 0 || depth > 41) return 0;
    deepest = std::max(deepest, depth);
    const Object area = now.object("vm_area_struct", node);
    return 1 + areas_below(now, area.u32("vm_avl_left"), depth + 1, deepest) +
           areas_below(now, area.u32("vm_avl_right"), depth + 1, deepest);
}

TEST(Row, V04_the_tree_keeps_its_balance_through_random_inserts_and_removals) {
    Row row;
    for (uint32_t id = 1; id <= 5; ++id) {
        row.at(id, [](const Moment& now) {
            uint32_t deepest = 0;
            const uint32_t areas = areas_below(now, mm_of(now).u32("mmap_avl"), 1, deepest);
            EXPECT_EQ(areas, mm_of(now).u32("map_count"));
            EXPECT_GT(areas, 32u);
            EXPECT_LE(deepest, 9u) << "1.44 times the logarithm of the number";
        });
    }
    row.run();
}

TEST(Row, V05_the_tree_is_kept_when_few_areas_are_left) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_GT(mm_of(now).u32("map_count"), 40u); });
    row.at(2, [](const Moment& now) {
        EXPECT_LT(mm_of(now).u32("map_count"), 10u);
        uint32_t deepest = 0;
        EXPECT_EQ(areas_below(now, mm_of(now).u32("mmap_avl"), 1, deepest), mm_of(now).u32("map_count"));
    });
    row.run();
}

TEST(Row, U01_a_hint_is_where_the_search_begins) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_NE(now.areas_in(self(now), kSlots + 4 * kPageSize, kSlots + 5 * kPageSize), "");
    });
    row.run();
}

TEST(Row, U02_a_hint_that_is_taken_is_ignored) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(now.areas_in(self(now), kSlots + 4 * kPageSize, kSlots + 9 * kPageSize), "");
    });
    row.run();
}

/// The areas of one of a file's lists, each pointed to by the one before it.
std::set<uint32_t> listed(const Moment& now, const Object& mapping, const char* list) {
    std::set<uint32_t> areas;
    uint32_t from = mapping.at(list).address();
    for (uint32_t at = mapping.u32(list); at != 0 && areas.size() < 100;) {
        const Object area = now.object("vm_area_struct", at);
        EXPECT_EQ(area.u32("vm_pprev_share"), from);
        areas.insert(at);
        from = area.at("vm_next_share").address();
        at = area.u32("vm_next_share");
    }
    return areas;
}

TEST(Row, A09_a_file_area_is_in_the_list_of_its_kind) {
    Row row;
    const auto area = [](const Moment& now, const char* name, uint32_t page = 0) {
        return now.vma(self(now), now.number(name) + page * kPageSize);
    };
    row.at(1, [&](const Moment& now) {
        const Object mapping = area(now, "shared").target("vm_file").target("f_mapping");
        EXPECT_THAT(listed(now, mapping, "i_mmap"), testing::ElementsAre(area(now, "private").address()));
        EXPECT_EQ(listed(now, mapping, "i_mmap_shared"),
                  (std::set{area(now, "shared").address(), area(now, "second").address()}));
    });
    row.at(2, [&](const Moment& now) {
        const Object mapping = area(now, "second").target("vm_file").target("f_mapping");
        EXPECT_EQ(listed(now, mapping, "i_mmap_shared"),
                  (std::set{area(now, "shared", 1).address(), area(now, "second").address()}));
    });
    row.run();
}

TEST(Row, P11_mlockall_of_the_future_unlocks_what_there_is) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 4u);
        EXPECT_EQ(now.vma(self(now), now.number("area")).u32("vm_flags") & kLocked, kLocked);
    });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 0u);
        EXPECT_EQ(now.vma(self(now), now.number("area")).u32("vm_flags") & kLocked, 0u);
        EXPECT_EQ(mm_of(now).u32("def_flags"), kLocked);
    });
    row.run();
}

// The scan -----------------------------------------------------------------------------------------------

TEST(Row, W01_the_scan_of_a_new_space_begins_at_its_beginning) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(now.mm(now.number("child")).u32("swap_address"), 0u); });
    row.run();
}

/// What was seen of a sleeping process's space while another one took the memory.
struct Scan {
    std::vector<uint32_t> places;  // swap_address, each time it had changed
    uint32_t most_users = 0;
    bool behind_a_page_that_is_out = false;
};
Scan watch_scan() {
    SwapRow row;
    Scan scan;
    row.watch(1, 2, 20'000, [&](const Moment& now) {
        const Object mm = mm_of(now);
        const uint32_t place = mm.u32("swap_address");
        scan.most_users = std::max(scan.most_users, mm.u32("mm_users"));
        if (mm.u32("page_table_lock.serving") != mm.u32("page_table_lock.next")) return;  // on its way
        if (scan.places.empty() || scan.places.back() != place) scan.places.push_back(place);
        if (place != 0 && place < kTaskSize)
            scan.behind_a_page_that_is_out |= names_a_slot(now.pte(self(now), place - kPageSize));
    });
    row.at(2, [](const Moment& now) { EXPECT_GT(now.variable("vm_stat").u32("pswpout"), 100u); });
    row.run();
    return scan;
}

TEST(Row, W02_the_scan_goes_on_behind_the_page_that_went_out) {
    EXPECT_TRUE(watch_scan().behind_a_page_that_is_out);
}

TEST(Row, W03_a_scan_that_is_through_begins_anew) {
    const Scan scan = watch_scan();
    EXPECT_GT(std::ranges::count(scan.places, 0u), 1) << "0 in the beginning, and 0 again";
    EXPECT_EQ(std::ranges::count(scan.places, kTaskSize), 0);
}

TEST(Row, W04_a_scan_that_was_stopped_goes_on_where_it_was) {
    const Scan scan = watch_scan();
    int went_on = 0;
    for (size_t i = 1; i < scan.places.size(); ++i) {
        if (scan.places[i] == 0 || scan.places[i - 1] == 0) continue;
        EXPECT_GT(scan.places[i], scan.places[i - 1]) << "backwards without having been through";
        ++went_on;
    }
    EXPECT_GT(went_on, 0);
}

TEST(Row, W05_a_space_that_is_through_is_marked_and_passed_once) {
    const Scan scan = watch_scan();
    const auto through = std::ranges::find(scan.places, kTaskSize);
    ASSERT_NE(through, scan.places.end());
    EXPECT_NE(std::find(through, scan.places.end(), 0u), scan.places.end()) << "it is looked at again";
}

TEST(Row, W06_a_space_has_one_user_more_while_it_is_scanned) {
    EXPECT_EQ(watch_scan().most_users, 2u);
}

/// Somebody types while the process's pages are looked at: it wakes up and exits. From then on only the scan
/// holds its space.
TEST(Row, L10_the_scan_keeps_a_space_whose_owner_exits) {
    SwapRow row;
    row.options.ram = 16u << 20;
    uint32_t space = 0, users_of_owner = 0, users_of_scan = 0;
    bool typed = false;
    row.at(1, [&](const Moment& now) { space = now.mm(now.number("child")).address(); });
    row.at_call(1, 2, "swap_out_mm", 1, [&](const Moment& now, const CallMoment& call) {
        if (call.words[0] != space || typed) return;
        EXPECT_EQ(now.object("mm_struct", space).u32("mm_users"), 2u) << "the owner and the scan";
        constexpr KeyCode kEnter = 0x1C;
        call.machine.keyboard().key(kEnter, KeyAction::Press);  // the byte takes 100 us to the controller
        typed = true;
    });
    row.at_call(1, 2, "mmput", 1, [&](const Moment& now, const CallMoment& call) {
        if (call.words[0] != space || !typed) return;
        const Object mm = now.object("mm_struct", space);
        const bool owners = now.current().u32("pid") == now.number("child");
        (owners ? users_of_owner : users_of_scan) = mm.u32("mm_users");
        if (owners) return;
        EXPECT_EQ(users_of_owner, 2u) << "the owner left first";
        EXPECT_NE(mm.u32("mmap"), 0u);
        EXPECT_EQ(mm.u32("mmap.vm_mm"), space) << "its areas are still there";
        EXPECT_GT(mm.u32("map_count"), 0u);
        EXPECT_EQ(mm.u32("mmlist.next.prev"), mm.at("mmlist").address()) << "still listed";
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(now.object("mm_struct", space).u32("mmap"), kSlabPoison) << "the scan's mmput ended it";
    });
    row.run();
    EXPECT_EQ(users_of_owner, 2u);
    EXPECT_EQ(users_of_scan, 1u);
}

TEST(Row, H01_rss_is_what_the_page_tables_add_up_to) {
    Row row;
    uint32_t before = 0, touched = 0;
    row.at(1, [&](const Moment& now) { before = mm_of(now).u32("rss"); });
    row.at(2, [&](const Moment& now) {
        touched = mm_of(now).u32("rss");
        EXPECT_GE(touched, before + 10);
        EXPECT_LE(touched, before + 11) << "and a page of the stack";
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("rss"), touched) << "the page of zeros is nobody's";
    });
    row.at(4, [&](const Moment& now) { EXPECT_EQ(mm_of(now).u32("rss"), touched - 10); });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
