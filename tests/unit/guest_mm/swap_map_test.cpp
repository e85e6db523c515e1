// SPDX-License-Identifier: GPL-2.0-or-later
// The map of a swap area's slots, against a plain model.
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <vector>

#include "fixture.h"

namespace guest {
namespace {

constexpr unsigned kMaxUsers = 0x7FFF;

class SwapMap : public testing::Test {
  protected:
    void make(ulong slots) {
        counts_.assign(slots, 0x1234);
        slots_make(counts_.data(), slots);
    }
    std::vector<unsigned short> counts_;
};

TEST_F(SwapMap, slots_are_given_one_after_the_other_and_never_the_header) {
    make(5);
    EXPECT_EQ(slots_alloc(), 1u);
    EXPECT_EQ(slots_alloc(), 2u);
    EXPECT_EQ(slots_put(1), 0u);
    EXPECT_EQ(slots_alloc(), 3u);
    EXPECT_EQ(slots_alloc(), 4u);
    EXPECT_EQ(slots_alloc(), 1u) << "the search starts again at the front";
    EXPECT_EQ(slots_alloc(), 0u) << "the area is full";
    EXPECT_EQ(slots_in_use(), 4u);
}

TEST_F(SwapMap, a_slot_is_free_when_its_last_user_is_gone) {
    make(3);
    const ulong slot = slots_alloc();
    EXPECT_TRUE(slots_get(slot));
    EXPECT_EQ(slots_count(slot), 2u);
    EXPECT_EQ(slots_put(slot), 1u);
    EXPECT_EQ(slots_put(slot), 0u);
    EXPECT_EQ(slots_in_use(), 0u);
    EXPECT_FALSE(slots_get(slot)) << "nobody may join a slot that is free";
    EXPECT_THROW(slots_put(slot), Panic);
}

TEST_F(SwapMap, the_header_bad_slots_and_numbers_behind_the_end_have_no_users) {
    make(4);
    EXPECT_TRUE(slots_mark_bad(2));
    EXPECT_FALSE(slots_mark_bad(2)) << "twice";
    EXPECT_FALSE(slots_mark_bad(0));
    EXPECT_FALSE(slots_mark_bad(4));
    EXPECT_EQ(slots_usable(), 2u);
    EXPECT_EQ(slots_alloc(), 1u);
    EXPECT_EQ(slots_alloc(), 3u);
    EXPECT_EQ(slots_alloc(), 0u);
    for (const ulong slot : {0ul, 2ul, 4ul, ~0ul}) {
        EXPECT_EQ(slots_count(slot), 0u) << slot;
        EXPECT_FALSE(slots_get(slot)) << slot;
        EXPECT_THROW(slots_put(slot), Panic) << slot;
    }
}

TEST_F(SwapMap, a_slot_counts_so_many_users_and_no_more) {
    make(2);
    const ulong slot = slots_alloc();
    for (unsigned users = 1; users < kMaxUsers; users++)
        ASSERT_TRUE(slots_get(slot));
    EXPECT_FALSE(slots_get(slot));
    EXPECT_EQ(slots_count(slot), kMaxUsers);
    for (unsigned left = kMaxUsers; left-- > 0;)
        ASSERT_EQ(slots_put(slot), left);
}

TEST_F(SwapMap, random_operations_agree_with_a_map_of_counts) {
    constexpr ulong kSlots = 200;
    make(kSlots);
    std::mt19937 random(5);
    std::map<ulong, unsigned> model;
    for (ulong slot = 7; slot < kSlots; slot += 31)
        ASSERT_TRUE(slots_mark_bad(slot));
    for (int step = 0; step < 200'000; step++) {
        const ulong slot = random() % (kSlots + 2);
        const auto found = model.find(slot);
        // Long phases in which the area fills up take turns with phases in which it empties.
        switch (random() % ((step / 2000) % 2 ? 3 : 6)) {
            case 0:
                if (found == model.end()) break;
                ASSERT_EQ(slots_put(slot), --found->second);
                if (found->second == 0) model.erase(found);
                break;
            case 1:
                ASSERT_EQ(slots_get(slot), found != model.end());
                if (found != model.end()) found->second++;
                break;
            default: {
                const ulong fresh = slots_alloc();
                ASSERT_EQ(fresh == 0, model.size() == slots_usable());
                if (!fresh) break;
                ASSERT_TRUE(model.emplace(fresh, 1).second) << "slot " << fresh << " given twice";
            }
        }
        ASSERT_EQ(slots_in_use(), model.size());
        const auto now = model.find(slot);
        ASSERT_EQ(slots_count(slot), now == model.end() ? 0 : now->second);
    }
    for (ulong slot = 0; slot < kSlots; slot++)
        EXPECT_EQ(slots_count(slot), model.contains(slot) ? model[slot] : 0) << slot;
}

}  // namespace
}  // namespace guest
