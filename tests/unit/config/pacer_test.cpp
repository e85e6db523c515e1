// SPDX-License-Identifier: GPL-2.0-or-later
// Pacing: how far virtual time is ahead of a wall clock that the test moves by hand.
#include "app/pacer.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

using namespace std::chrono_literals;
const Pacer::Clock::time_point kStart{1000s};

TEST(pacer, a_machine_that_is_ahead_waits_for_the_difference) {
    Pacer pacer;
    EXPECT_EQ(pacer.ahead(VirtualTime{5'000'000}, kStart), 0ns);
    EXPECT_EQ(pacer.ahead(VirtualTime{15'000'000}, kStart + 4ms), 6ms);
}

TEST(pacer, a_machine_that_is_a_little_behind_does_not_wait_and_catches_up) {
    Pacer pacer;
    EXPECT_EQ(pacer.ahead(VirtualTime{0}, kStart), 0ns);
    EXPECT_EQ(pacer.ahead(VirtualTime{1'000'000}, kStart + 101ms), 0ns);
    EXPECT_EQ(pacer.ahead(VirtualTime{110'000'000}, kStart + 105ms), 5ms);
}

TEST(pacer, a_machine_that_is_far_behind_starts_anew) {
    Pacer pacer;
    EXPECT_EQ(pacer.ahead(VirtualTime{0}, kStart), 0ns);
    EXPECT_EQ(pacer.ahead(VirtualTime{1'000'000}, kStart + 10s), 0ns);
    EXPECT_EQ(pacer.ahead(VirtualTime{3'000'000}, kStart + 10s + 1ms), 1ms);
}

}  // namespace
}  // namespace mmscope
