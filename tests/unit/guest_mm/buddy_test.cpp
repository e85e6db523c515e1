// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstring>
#include <map>
#include <random>

#include "fixture.h"

namespace guest {
namespace {

class Buddy : public MachineTest {
  protected:
    static std::vector<ulong> free_lists() {
        std::vector<ulong> counts;
        for (unsigned order = 0; order < 11; order++)
            counts.push_back(free_blocks(order));
        return counts;
    }
};

TEST_F(Buddy, the_free_lists_add_up_to_the_free_frames) {
    ulong sum = 0;
    for (unsigned order = 0; order < 11; order++)
        sum += free_blocks(order) << order;
    EXPECT_EQ(sum, free_frames());
    EXPECT_GT(free_frames(), kRam / kPage - 64);  // the map of frames and a few slabs are all that is used
}

TEST_F(Buddy, a_block_is_aligned_to_its_size) {
    for (unsigned order = 0; order < 11; order++) {
        const ulong frame = alloc_block(order);
        if (frame == kNoFrame) continue;
        EXPECT_EQ(frame % (1ul << order), 0u) << "order " << order;
        free_block(frame, order);
    }
}

TEST_F(Buddy, splitting_a_block_leaves_its_upper_halves_free) {
    const auto before = free_lists();
    unsigned smallest = 0;
    while (before[smallest] == 0)
        smallest++;
    const ulong frame = alloc_block(0);
    auto expected = before;
    expected[smallest]--;
    for (unsigned order = 0; order < smallest; order++)
        expected[order]++;
    EXPECT_EQ(free_lists(), expected);
    free_block(frame, 0);
    EXPECT_EQ(free_lists(), before);
}

TEST_F(Buddy, an_order_beyond_the_largest_is_refused) {
    EXPECT_EQ(alloc_block(11), kNoFrame);
}

TEST_F(Buddy, when_memory_is_out_null_is_returned_and_nothing_is_lost) {
    const auto before = free_lists();
    std::vector<ulong> frames;
    for (ulong frame; (frame = alloc_block(0)) != kNoFrame;)
        frames.push_back(frame);
    EXPECT_EQ(free_frames(), 0u);
    EXPECT_EQ(alloc_block(3), kNoFrame);
    for (ulong frame : frames)
        free_block(frame, 0);
    EXPECT_EQ(free_lists(), before);
}

TEST_F(Buddy, a_second_reference_keeps_the_frame) {
    const ulong frame = alloc_block(0), before = free_frames();
    get_frame(frame);
    put_frame(frame);
    EXPECT_EQ(free_frames(), before);
    put_frame(frame);
    EXPECT_EQ(free_frames(), before + 1);
}

TEST_F(Buddy, freeing_twice_stops_the_kernel) {
    const ulong frame = alloc_block(0);
    free_block(frame, 0);
    EXPECT_THROW(free_block(frame, 0), Panic);
}

TEST_F(Buddy, reserved_frames_that_come_free_join_the_rest_once) {
    const auto before = free_frames();
    // The map of frames stands in the first reserved ones; they are as good as any for the count.
    EXPECT_NO_THROW(release_reserved(0, 3 * kPage));
    EXPECT_EQ(free_frames(), before + 3);
    EXPECT_THROW(release_reserved(0, 3 * kPage), Panic);
    EXPECT_EQ(locks_held(), 0);
}

TEST_F(Buddy, random_use_never_overlaps_and_all_frames_come_back_together) {
    const auto before = free_lists();
    std::mt19937 random(3);
    std::map<ulong, unsigned> held;  // first frame -> order
    for (int step = 0; step < 100000; step++) {
        if (random() % 2 || held.empty()) {
            const auto order = static_cast<unsigned>(random() % 6);
            const ulong frame = alloc_block(order);
            if (frame == kNoFrame) continue;
            ASSERT_EQ(frame % (1ul << order), 0u);
            ASSERT_LE(frame + (1ul << order), kRam / kPage);
            const auto above = held.lower_bound(frame);
            if (above != held.end()) {
                ASSERT_LE(frame + (1ul << order), above->first);
            }
            if (above != held.begin()) {
                const auto below = std::prev(above);
                ASSERT_LE(below->first + (1ul << below->second), frame);
            }
            held.emplace(frame, order);
        } else {
            auto victim = held.lower_bound(random() % (kRam / kPage));
            if (victim == held.end()) victim = held.begin();
            free_block(victim->first, victim->second);
            held.erase(victim);
        }
    }
    for (const auto& [frame, order] : held)
        free_block(frame, order);
    EXPECT_EQ(free_lists(), before);
    EXPECT_EQ(locks_held(), 0);
}

}  // namespace
}  // namespace guest
