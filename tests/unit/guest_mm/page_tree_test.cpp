// SPDX-License-Identifier: GPL-2.0-or-later
#include <map>
#include <random>

#include "fixture.h"

namespace guest {
namespace {

class PageTree : public MachineTest {
  protected:
    static ulong nodes() { return cache_statistics("page_tree_node").active_objs; }
};

TEST_F(PageTree, a_page_is_found_at_its_offset_only) {
    EXPECT_EQ(pages_insert(5, 77), 0);
    EXPECT_EQ(pages_lookup(5), 77u);
    EXPECT_EQ(pages_lookup(4), 0u);
    EXPECT_EQ(pages_lookup(5 + 64), 0u);
    EXPECT_EQ(pages_lookup(~0ul), 0u);
}

TEST_F(PageTree, a_second_page_at_the_same_offset_is_refused) {
    EXPECT_EQ(pages_insert(5, 77), 0);
    EXPECT_EQ(pages_insert(5, 78), -17);
    EXPECT_EQ(pages_lookup(5), 77u);
}

TEST_F(PageTree, it_grows_to_the_largest_offset_and_shrinks_to_nothing) {
    for (ulong index : {0ul, 63ul, 64ul, 4096ul, 0xFFFFFul, 0xFFFFFFFFul, ~0ul})
        EXPECT_EQ(pages_insert(index, index % 1000 + 1), 0);
    EXPECT_EQ(pages_lookup(~0ul), ~0ul % 1000 + 1);
    for (ulong index : {0ul, 63ul, 64ul, 4096ul, 0xFFFFFul, 0xFFFFFFFFul, ~0ul})
        EXPECT_EQ(pages_delete(index), index % 1000 + 1);
    EXPECT_EQ(nodes(), 0u);
}

TEST_F(PageTree, the_next_page_is_found_across_holes) {
    for (ulong index : {3ul, 70ul, 5000ul})
        pages_insert(index, index);
    EXPECT_EQ(pages_next(0), 3u);
    EXPECT_EQ(pages_next(3), 3u);
    EXPECT_EQ(pages_next(4), 70u);
    EXPECT_EQ(pages_next(71), 5000u);
    EXPECT_EQ(pages_next(5001), 0u);
}

TEST_F(PageTree, without_memory_an_insertion_leaves_no_trace) {
    pages_insert(1, 1);
    const ulong before = nodes();
    starve();
    // The node cache may have slots left; use them up with offsets far apart.
    ulong index = 1ul << 40;
    int error = 0;
    while (!(error = pages_insert(index, 9)))
        index += 1ul << 30;
    EXPECT_EQ(error, -12);
    EXPECT_EQ(pages_lookup(index), 0u);
    for (ulong i = 1ul << 40; i < index; i += 1ul << 30)
        EXPECT_EQ(pages_delete(i), 9u);
    EXPECT_EQ(pages_lookup(1), 1u);
    EXPECT_EQ(pages_delete(1), 1u);
    EXPECT_EQ(nodes(), 0u);
    EXPECT_EQ(before, 1u);
    feed();
}

TEST_F(PageTree, a_tag_leads_to_its_pages_only) {
    for (ulong index : {3ul, 70ul, 71ul, 5000ul})
        pages_insert(index, index);
    EXPECT_EQ(pages_next_tagged(0, PageTag::Dirty), 0u);
    pages_tag(70, PageTag::Dirty);
    pages_tag(5000, PageTag::Dirty);
    pages_tag(71, PageTag::Writeback);
    EXPECT_EQ(pages_next_tagged(0, PageTag::Dirty), 70u);
    EXPECT_EQ(pages_next_tagged(71, PageTag::Dirty), 5000u);
    EXPECT_EQ(pages_next_tagged(5001, PageTag::Dirty), 0u);
    EXPECT_EQ(pages_next_tagged(0, PageTag::Writeback), 71u);
    pages_untag(70, PageTag::Dirty);
    EXPECT_EQ(pages_next_tagged(0, PageTag::Dirty), 5000u);
    EXPECT_EQ(pages_next(4), 70u);
}

TEST_F(PageTree, a_tag_stays_when_the_tree_grows) {
    pages_insert(1, 1);
    pages_tag(1, PageTag::Dirty);
    pages_insert(1ul << 30, 2);
    EXPECT_EQ(pages_next_tagged(0, PageTag::Dirty), 1u);
    EXPECT_EQ(pages_next_tagged(2, PageTag::Dirty), 0u);
}

TEST_F(PageTree, a_page_takes_its_tags_along) {
    pages_insert(70, 7);
    pages_insert(71, 8);
    pages_tag(70, PageTag::Dirty);
    pages_tag(70, PageTag::Writeback);
    pages_delete(70);
    pages_insert(70, 9);
    EXPECT_EQ(pages_next_tagged(0, PageTag::Dirty), 0u);
    EXPECT_EQ(pages_next_tagged(0, PageTag::Writeback), 0u);
}

TEST_F(PageTree, random_tags_agree_with_a_model) {
    std::mt19937_64 random(11);
    std::map<ulong, ulong> model;      // index -> page
    std::map<ulong, ulong> tagged[2];  // by tag
    for (int step = 0; step < 50000; step++) {
        const ulong index = random() % 3 ? random() % 300 : (random() % 50) << 20;
        const unsigned tag = random() % 2;
        const auto found = model.find(index);
        const unsigned what = random() % 4;
        if (found == model.end()) {
            model[index] = random() % 1000 + 1;
            pages_insert(index, model[index]);
        } else if (what == 0) {
            pages_delete(index);
            model.erase(found);
            for (auto& pages_of : tagged)
                pages_of.erase(index);
        } else if (what == 1) {
            pages_untag(index, PageTag{tag});
            tagged[tag].erase(index);
        } else {
            pages_tag(index, PageTag{tag});
            tagged[tag][index] = found->second;
        }
        const auto next = tagged[tag].lower_bound(index);
        ASSERT_EQ(pages_next_tagged(index, PageTag{tag}), next == tagged[tag].end() ? 0 : next->second);
    }
    for (const auto& [index, page] : model)
        EXPECT_EQ(pages_delete(index), page);
    EXPECT_EQ(nodes(), 0u);
}

TEST_F(PageTree, random_changes_agree_with_a_map) {
    std::mt19937_64 random(7);
    std::map<ulong, ulong> model;
    for (int step = 0; step < 50000; step++) {
        const ulong index = random() % 3 ? random() % 300 : (random() % 50) << 20;
        const ulong page = random() % 1000 + 1;
        const auto found = model.find(index);
        ASSERT_EQ(pages_lookup(index), found == model.end() ? 0 : found->second);
        if (random() % 2) {
            ASSERT_EQ(pages_insert(index, page), found == model.end() ? 0 : -17);
            model.emplace(index, page);
        } else {
            ASSERT_EQ(pages_delete(index), found == model.end() ? 0 : found->second);
            model.erase(index);
        }
        const auto next = model.lower_bound(index);
        ASSERT_EQ(pages_next(index), next == model.end() ? 0 : next->second);
    }
    for (const auto& [index, page] : model)
        EXPECT_EQ(pages_delete(index), page);
    EXPECT_EQ(nodes(), 0u);
}

}  // namespace
}  // namespace guest
