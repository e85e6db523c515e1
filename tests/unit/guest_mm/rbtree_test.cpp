// SPDX-License-Identifier: GPL-2.0-or-later
#include <random>
#include <set>

#include "fixture.h"

namespace guest {
namespace {

class RbTree : public MachineTest {
  protected:
    void TearDown() override {
        for (ulong key : keys(false))
            tree_erase(key);
    }
    static std::vector<ulong> keys(bool backwards) {
        std::vector<ulong> result(2000);
        result.resize(tree_keys(result.data(), result.size(), backwards));
        return result;
    }
};

TEST_F(RbTree, an_empty_tree_has_no_nodes) {
    EXPECT_EQ(keys(false), std::vector<ulong>{});
    EXPECT_EQ(keys(true), std::vector<ulong>{});
    EXPECT_EQ(tree_check(), 0);
}

TEST_F(RbTree, ascending_insertion_keeps_the_tree_balanced) {
    for (ulong key = 0; key < 1000; key++)
        tree_insert(key);
    // 1000 nodes: with b black nodes on every path there are at least 2^b - 1, and at most 2^2b - 1.
    const int black = tree_check();
    EXPECT_GE(black, 5);
    EXPECT_LE(black, 9);
    EXPECT_EQ(keys(false).size(), 1000u);
}

TEST_F(RbTree, keys_come_in_order_forwards_and_backwards) {
    for (ulong key : {5, 1, 9, 3, 7})
        tree_insert(key);
    EXPECT_EQ(keys(false), (std::vector<ulong>{1, 3, 5, 7, 9}));
    EXPECT_EQ(keys(true), (std::vector<ulong>{9, 7, 5, 3, 1}));
}

TEST_F(RbTree, erasing_a_node_with_two_children_keeps_all_others) {
    for (ulong key : {8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7})
        tree_insert(key);
    tree_erase(4);
    tree_erase(8);
    tree_check();
    EXPECT_EQ(keys(false), (std::vector<ulong>{1, 2, 3, 5, 6, 7, 10, 12, 14}));
}

TEST_F(RbTree, a_hundred_thousand_random_changes_keep_every_rule) {
    std::mt19937 random(1);
    std::set<ulong> model;
    for (int step = 0; step < 100000; step++) {
        const ulong key = random() % 600;
        if (model.insert(key).second) {
            tree_insert(key);
        } else {
            model.erase(key);
            tree_erase(key);
        }
        if (step % 16 == 0) {
            ASSERT_NO_THROW(tree_check()) << "step " << step;
        }
        if (step % 512 == 0) {
            ASSERT_EQ(keys(false), std::vector<ulong>(model.begin(), model.end()));
        }
    }
    EXPECT_EQ(keys(false), std::vector<ulong>(model.begin(), model.end()));
    EXPECT_EQ(keys(true), std::vector<ulong>(model.rbegin(), model.rend()));
}

}  // namespace
}  // namespace guest
