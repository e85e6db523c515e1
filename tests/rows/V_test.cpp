// SPDX-License-Identifier: GPL-2.0-or-later
// Rows V: the list of areas, their tree, and the area that was found last.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "introspect/walkers.h"
#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kArena = 0x50000000;

uint32_t slot(uint32_t index) {
    return kArena + index * 2 * kPageSize;
}

uint32_t cached_area(const Moment& now) {
    return now.mm(self(now)).u32("mmap_cache");
}

uint32_t area_at(const Moment& now, uint32_t address) {
    return now.vma(self(now), address).address();
}

struct Tree {
    std::vector<uint32_t> nodes;  // in order, by the address of the rb_node
    uint32_t blacks = 0;          // on the way to each leaf
};

/// The rules of red-black trees (INV-05): colours, equal heights, parents.
Tree walk_tree(const Moment& now, uint32_t node, uint32_t parent, bool parent_is_red) {
    if (node == 0) return {};
    const Object object = now.object("rb_node", node);
    const bool packed = since(Edition::v2_6_28);
    const bool red = (object.u32(packed ? "rb_parent_color" : "rb_color") & 1) == 0;
    EXPECT_EQ(packed ? object.u32("rb_parent_color") & ~3u : object.u32("rb_parent"), parent);
    EXPECT_FALSE(red && parent_is_red) << "a red node below a red one";
    const Tree left = walk_tree(now, object.u32("rb_left"), node, red);
    const Tree right = walk_tree(now, object.u32("rb_right"), node, red);
    EXPECT_EQ(left.blacks, right.blacks) << "as many black nodes on the left as on the right";
    Tree tree = left;
    tree.nodes.push_back(node);
    tree.nodes.insert(tree.nodes.end(), right.nodes.begin(), right.nodes.end());
    tree.blacks += red ? 0 : 1;
    return tree;
}

void expect_tree_of_the_list(const Moment& now) {
    const Object mm = now.mm(self(now));
    const uint32_t root = mm.u32("mm_rb.rb_node");
    EXPECT_EQ(now.object("rb_node", root).u32(since(Edition::v2_6_28) ? "rb_parent_color" : "rb_color") & 1,
              1u)
        << "the root is black";
    const Tree tree = walk_tree(now, root, 0, true);
    std::vector<uint32_t> list;
    uint32_t at = mm.u32("mmap");
    while (at != 0 && list.size() < 1000) {
        const Object area = now.object("vm_area_struct", at);
        list.push_back(area.at("vm_rb").address());
        at = area.u32("vm_next");
    }
    EXPECT_EQ(tree.nodes, list);
    EXPECT_EQ(list.size(), mm.u32("map_count"));
}

TEST(Row, V01_areas_mapped_in_any_order_are_listed_ascending) {
    Row row;
    row.at(1, [](const Moment& now) {
        const auto areas = now.areas(self(now));
        const auto below = [](const VmaModel& a, const VmaModel& b) { return a.end <= b.start; };
        ASSERT_GE(areas.size(), 12u);
        for (size_t i = 0; i + 1 < areas.size(); ++i)
            EXPECT_TRUE(below(areas[i], areas[i + 1])) << i;
        for (const VmaModel& area : areas)
            EXPECT_EQ((area.start.value | area.end.value) % kPageSize, 0u);
        std::string expected;
        for (uint32_t i = 0; i < 10; ++i)
            expected +=
                fmt::format("{:08x}-{:08x} rw-- {:x}\n", slot(i), slot(i) + kPageSize, slot(i) >> kPageShift);
        EXPECT_EQ(now.areas_in(self(now), kArena, kArena + 0x100000), expected);
        EXPECT_EQ(now.mm(self(now)).u32("mmap.vm_start"), 0x10000u) << "the lowest";
    });
    row.run();
}

TEST(Row, V02_map_count_is_the_length_of_the_list) {
    Row row;
    int32_t at_first = 0;
    const auto expect_more = [&](int32_t more) {
        return [&at_first, more](const Moment& now) {
            const int32_t count = now.mm(self(now)).i32("map_count");
            EXPECT_EQ(static_cast<size_t>(count), now.areas(self(now)).size());
            EXPECT_EQ(count, at_first + more);
        };
    };
    row.at(1, [&](const Moment& now) {
        at_first = now.mm(self(now)).i32("map_count");
        EXPECT_EQ(static_cast<size_t>(at_first), now.areas(self(now)).size());
    });
    row.at(2, expect_more(1));
    row.at(3, expect_more(2));
    row.at(4, expect_more(3));
    row.at(5, expect_more(0));
    row.run();
}

TEST(Row, V06_the_tree_keeps_its_colours_through_random_inserts_and_removals) {
    Row row;
    for (uint32_t id = 1; id <= 5; ++id)
        row.at(id, expect_tree_of_the_list);
    row.run();
}

TEST(Row, V07_the_second_look_into_an_area_is_a_hit) {
    Row row;
    uint32_t calls = 0, hits = 0;
    const auto statistics = [&](const Moment& now) {
        calls = now.variable("vm_stat").u32("find_vma_calls");
        hits = now.variable("vm_stat").u32("find_vma_hits");
    };
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(cached_area(now), area_at(now, now.number("area")));
        statistics(now);
    });
    row.at(3, [&](const Moment& now) {
        const uint32_t calls_before = calls, hits_before = hits;
        statistics(now);
        EXPECT_EQ(cached_area(now), area_at(now, now.number("area")));
        EXPECT_GE(calls, calls_before + 1);
        EXPECT_EQ(hits - hits_before, calls - calls_before) << "no walk of the tree";
    });
    row.run();
}

TEST(Row, V08_a_look_up_in_a_gap_finds_the_area_above) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(cached_area(now), area_at(now, slot(0))); });
    row.at(2, [](const Moment& now) { EXPECT_EQ(cached_area(now), area_at(now, now.number("above"))); });
    row.run();
}

TEST(Row, V09_a_look_up_above_all_areas_changes_nothing) {
    Row row;
    row.at(2, [](const Moment& now) { EXPECT_EQ(cached_area(now), area_at(now, now.number("area"))); });
    row.at(3, [](const Moment& now) { EXPECT_EQ(cached_area(now), area_at(now, now.number("area"))); });
    row.run();
}

TEST(Row, V10_munmap_forgets_the_cached_area) {
    Row row;
    row.at(2, [](const Moment& now) { EXPECT_EQ(cached_area(now), area_at(now, now.number("area"))); });
    row.at(3, [](const Moment& now) { EXPECT_EQ(cached_area(now), 0u); });
    row.run();
}

TEST(Row, V11_a_cached_area_absorbed_by_a_merge_gives_way_to_the_survivor) {
    Row row;
    uint32_t low = 0;
    row.at(2, [&](const Moment& now) {
        low = area_at(now, now.number("low"));
        EXPECT_EQ(cached_area(now), area_at(now, now.number("high")));
        EXPECT_NE(cached_area(now), low);
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(area_at(now, now.number("high")), low) << "one area";
        EXPECT_EQ(cached_area(now), low);
    });
    row.run();
}

TEST(Row, V12_what_is_before_an_address_above_all_areas) {
    Row row;
    std::string areas;
    int asked = 0;
    row.at_call(1, 2, "find_vma_prev", 3, {}, [&](const Moment& now, const CallMoment& call) {
        const uint32_t mm = call.words[0], address = call.words[1], pprev = call.words[2];
        if (mm != mm_of(now).address() || address != now.number("top")) return;
        ++asked;
        EXPECT_EQ(call.registers.eax, 0u) << "no area ends above it";
        EXPECT_EQ(now.kernel_u32(pprev), by_series(0u, now.areas(self(now)).back().at.value));
    });
    row.at(1, [&](const Moment& now) { areas = now.areas_in(self(now), 0, 0xC0000000); });
    row.at(2, [&](const Moment& now) { EXPECT_EQ(now.areas_in(self(now), 0, 0xC0000000), areas); });
    row.at(3, [&](const Moment& now) {
        const auto list = now.areas(self(now));
        ASSERT_GE(list.size(), 2u);
        EXPECT_EQ(list.back().start.value, 0xBFFFF000u);
        EXPECT_EQ(now.object("vm_area_struct", list[list.size() - 2].at.value).u32("vm_next"),
                  list.back().at.value);
    });
    row.run();
    EXPECT_GT(asked, 0);
}

TEST(Row, V13_an_area_begins_with_its_first_byte_and_ends_before_vm_end) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object area = now.vma(self(now), now.number("area"));
        EXPECT_EQ(area.u32("vm_start"), now.number("area"));
        EXPECT_EQ(area.u32("vm_end"), now.number("area") + kPageSize);
        for (const VmaModel& model : now.areas(self(now)))
            EXPECT_EQ(now.object("vm_area_struct", model.at.value).u32("vm_mm"), now.mm(self(now)).address());
    });
    row.run();
}

TEST(Row, V14_no_more_than_65536_areas) {
    Row row;
    uint32_t limit = 0;
    row.at(1, [&](const Moment& now) {
        limit = now.mm(self(now)).u32("map_count");
        EXPECT_EQ(limit, 65537u) << "mmap refuses above 65536";
    });
    row.at(2, [&](const Moment& now) { EXPECT_EQ(now.mm(self(now)).u32("map_count"), limit - 1); });
    row.at(3, [&](const Moment& now) { EXPECT_EQ(now.mm(self(now)).u32("map_count"), limit - 1); });
    row.run();
}

/// The areas of an AVL tree from the left to the right.
void avl_in_order(const Moment& now, uint32_t node, uint32_t depth, std::vector<uint32_t>& areas) {
    if (node == 0) return;
    ASSERT_LE(depth, 41u);
    const Object area = now.object("vm_area_struct", node);
    avl_in_order(now, area.u32("vm_avl_left"), depth + 1, areas);
    areas.push_back(node);
    avl_in_order(now, area.u32("vm_avl_right"), depth + 1, areas);
}

TEST(Row, V15_the_list_ends_with_null_and_follows_the_tree) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(self(now));
        std::vector<uint32_t> in_order;
        if (since(Edition::v2_4_18)) {
            const auto memory = now.inspector.memory();
            ASSERT_TRUE(memory);
            Problems problems;
            for_each_vma_in_tree(
                *memory, LinearAddr(mm.u32("mm_rb.rb_node")), WalkPath("mm"),
                [&](const Record& vma) { return in_order.push_back(vma.at().value), true; }, problems);
            ASSERT_TRUE(problems.empty()) << problems.front();
        } else {
            avl_in_order(now, mm.u32("mmap_avl"), 1, in_order);
        }
        ASSERT_GT(in_order.size(), 32u) << "2.4.0 has a tree from there on";
        EXPECT_EQ(mm.u32("mmap"), in_order.front());
        in_order.push_back(0);
        for (size_t i = 0; i + 1 < in_order.size(); ++i)
            EXPECT_EQ(now.object("vm_area_struct", in_order[i]).u32("vm_next"), in_order[i + 1]);
    });
    row.run();
}

TEST(Row, V16_an_area_that_begins_at_the_end_of_an_interval_does_not_touch_it) {
    Row row;
    const auto expect_two_pages_more = [](const Moment& now) {
        EXPECT_EQ(now.mm(self(now)).u32("brk"), now.number("end") + 2 * kPageSize);
    };
    row.at(1, expect_two_pages_more);
    row.at(2, expect_two_pages_more);
    row.run();
}

}  // namespace
}  // namespace mmscope::test
