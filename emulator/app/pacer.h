// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps virtual time from running ahead of the wall clock, for a person who watches.
#pragma once

#include <chrono>
#include <cstdint>

#include "devices/scheduler.h"

namespace mmscope {

/// Host time decides only how long the host sleeps, never what the guest sees.
class Pacer {
  public:
    using Clock = std::chrono::steady_clock;

    /// How long the wall clock needs to catch up with `now`; zero if it already has. A machine that fell
    /// behind by more than a quarter of a second does not race to make up for it.
    [[nodiscard]] std::chrono::nanoseconds ahead(VirtualTime now, Clock::time_point wall);

  private:
    bool started_ = false;
    VirtualTime virtual_start_;
    Clock::time_point wall_start_;
};

}  // namespace mmscope
