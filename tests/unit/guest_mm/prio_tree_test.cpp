// SPDX-License-Identifier: GPL-2.0-or-later
// The priority search tree of a file's areas (MM_FACTS 4.22, INV-32).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "guest_file_areas.h"

namespace guest {
namespace {

class PrioTree : public testing::Test {
  protected:
    PrioTree() { file_areas_reset(); }

    static std::vector<int> in_walk_order(Interval pages) {
        std::vector<int> found(kMaxFileAreas);
        found.resize(static_cast<size_t>(file_areas_showing(pages, found.data(), kMaxFileAreas)));
        return found;
    }
    static std::vector<int> showing(Interval pages) {
        std::vector<int> found = in_walk_order(pages);
        std::ranges::sort(found);
        return found;
    }
    using Numbers = std::vector<int>;
};

TEST_F(PrioTree, a_page_is_shown_by_the_areas_whose_interval_contains_it) {
    const int head = file_area_insert({0, 9}), middle = file_area_insert({4, 6}),
              tail = file_area_insert({7, 20});
    EXPECT_EQ(showing({3, 3}), Numbers{head});
    EXPECT_EQ(showing({4, 4}), (Numbers{head, middle}));
    EXPECT_EQ(showing({7, 7}), (Numbers{head, tail}));
    EXPECT_EQ(showing({6, 7}), (Numbers{head, middle, tail}));
    EXPECT_EQ(showing({21, ~0ul}), Numbers{});
    EXPECT_EQ(file_areas_check(), 3);
}

TEST_F(PrioTree, an_empty_tree_shows_nothing) {
    EXPECT_EQ(showing({0, ~0ul}), Numbers{});
    EXPECT_EQ(file_areas_check(), 0);
}

TEST_F(PrioTree, areas_with_one_interval_hang_off_one_node) {
    const int node = file_area_insert({2, 5}), first = file_area_insert({2, 5}),
              other = file_area_insert({2, 5});
    EXPECT_EQ(file_area_role(node), Role::NodeWithOthers);
    EXPECT_EQ(file_area_role(first), Role::FirstOther);
    EXPECT_EQ(file_area_role(other), Role::Other);
    EXPECT_EQ(in_walk_order({5, 5}), (Numbers{node, first, other}));
    EXPECT_EQ(file_areas_check(), 3);
}

TEST_F(PrioTree, when_the_node_goes_the_first_of_the_others_takes_its_place) {
    const int node = file_area_insert({2, 5}), first = file_area_insert({2, 5}),
              other = file_area_insert({2, 5});
    file_area_remove(node);
    EXPECT_EQ(file_area_role(first), Role::NodeWithOthers);
    EXPECT_EQ(file_area_role(other), Role::FirstOther);
    file_area_remove(first);
    EXPECT_EQ(file_area_role(other), Role::Alone);
    EXPECT_EQ(file_areas_check(), 1);
}

TEST_F(PrioTree, when_the_first_of_the_others_goes_the_next_one_is_first) {
    const int node = file_area_insert({2, 5}), first = file_area_insert({2, 5}),
              other = file_area_insert({2, 5});
    file_area_remove(first);
    EXPECT_EQ(file_area_role(other), Role::FirstOther);
    file_area_remove(other);
    EXPECT_EQ(file_area_role(node), Role::Alone);
    EXPECT_EQ(file_areas_check(), 1);
}

TEST_F(PrioTree, a_copy_stands_next_to_its_original_whatever_that_is) {
    const int node = file_area_insert({2, 5}), first = file_area_copy(node), other = file_area_copy(first);
    const int of_node = file_area_copy(node), of_other = file_area_copy(other);
    EXPECT_EQ(file_area_role(first), Role::FirstOther);
    EXPECT_EQ(file_area_role(other), Role::Other);
    EXPECT_EQ(in_walk_order({2, 2}), (Numbers{node, first, other, of_other, of_node}));
    EXPECT_EQ(file_areas_check(), 5);
}

TEST_F(PrioTree, a_later_end_comes_to_the_top_and_may_need_more_bits) {
    file_area_insert({0, 1});
    EXPECT_EQ(file_areas_index_bits(), 1u);
    file_area_insert({3, 100});
    EXPECT_EQ(file_areas_index_bits(), 7u);
    file_area_insert({1, (1ul << 32) - 1});
    EXPECT_EQ(file_areas_index_bits(), 32u);
    EXPECT_EQ(file_areas_check(), 3);
}

TEST_F(PrioTree, areas_of_one_start_are_told_apart_by_their_size) {
    for (ulong pages = 1; pages <= 100; pages++)
        file_area_insert({8, 8 + pages - 1});
    EXPECT_EQ(file_areas_check(), 100);
    EXPECT_EQ(showing({107, 107}), Numbers{99});
    EXPECT_EQ(showing({7, 7}), Numbers{});
}

TEST_F(PrioTree, the_walk_does_not_depend_on_who_came_first) {
    std::vector<Interval> intervals;
    for (ulong i = 0; i < 60; i++)
        intervals.push_back({i * 7 % 40, i * 7 % 40 + i * 11 % 23});
    intervals.push_back({0, 63});  // so that both trees have room from the start
    const auto walked = [&] {
        std::vector<std::pair<ulong, ulong>> order;
        for (int area : in_walk_order({0, ~0ul}))
            order.emplace_back(intervals[static_cast<size_t>(area)].first,
                               intervals[static_cast<size_t>(area)].last);
        return order;
    };
    for (const Interval& i : intervals)
        file_area_insert(i);
    const auto forwards = walked();
    file_areas_reset();
    std::ranges::reverse(intervals);
    for (const Interval& i : intervals)
        file_area_insert(i);
    EXPECT_EQ(walked(), forwards);
}

TEST_F(PrioTree, the_height_stays_below_the_bits_of_start_and_size) {
    std::mt19937_64 random(3);
    for (int i = 0; i < kMaxFileAreas; i++) {
        const ulong first = random() % 0xFFFFF;
        file_area_insert({first, first + random() % 1024});
    }
    EXPECT_LE(file_areas_depth(), 32 + 11);
}

/// Intervals of many kinds: equal, nested, of one start, far apart, single pages.
Interval random_interval(std::mt19937_64& random) {
    const ulong start = random() % 4 ? random() % 64 : random() % (1ul << (random() % 33));
    const ulong pages = random() % 3 ? 1 + random() % 8 : 1 + random() % (1ul << (random() % 20));
    return {start, start + pages - 1};
}

TEST_F(PrioTree, twenty_thousand_random_operations_agree_with_a_plain_list) {
    std::mt19937_64 random(5);
    std::map<int, Interval> model;
    for (int step = 0; step < 20000; step++) {
        const bool grow = random() % 400 > model.size();
        auto any = model.begin();
        if (!model.empty()) std::advance(any, random() % model.size());
        if (model.empty() || (grow && random() % 4)) {
            const Interval pages = random_interval(random);
            const int area = file_area_insert(pages);
            ASSERT_TRUE(model.emplace(area, pages).second);
        } else if (grow) {
            model.emplace(file_area_copy(any->first), any->second);
        } else {
            file_area_remove(any->first);
            model.erase(any);
        }
        if (step % 8 == 0) {
            ASSERT_EQ(file_areas_check(), static_cast<int>(model.size())) << "step " << step;
        }
        if (step % 5000 == 4999) {
            while (!model.empty()) {
                file_area_remove(model.begin()->first);
                model.erase(model.begin());
            }
            ASSERT_EQ(file_areas_check(), 0);
        }
        const Interval asked = random_interval(random);
        Numbers expected;
        for (const auto& [area, pages] : model) {
            if (pages.first <= asked.last && asked.first <= pages.last) expected.push_back(area);
        }
        ASSERT_EQ(showing(asked), expected) << "step " << step;
    }
}

}  // namespace
}  // namespace guest
