// SPDX-License-Identifier: GPL-2.0-or-later
// Compares the two clocks since their common start.
#include "app/pacer.h"

namespace mmscope {

std::chrono::nanoseconds Pacer::ahead(VirtualTime now, Clock::time_point wall) {
    using std::chrono::nanoseconds;
    constexpr nanoseconds kForgiven = std::chrono::milliseconds(250);
    if (!started_) {
        started_ = true;
        virtual_start_ = now;
        wall_start_ = wall;
    }
    const auto lead = nanoseconds(static_cast<int64_t>(now - virtual_start_)) - (wall - wall_start_);
    if (lead < -kForgiven) {
        virtual_start_ = now;
        wall_start_ = wall;
    }
    return lead > nanoseconds::zero() ? lead : nanoseconds::zero();
}

}  // namespace mmscope
