// SPDX-License-Identifier: GPL-2.0-or-later
// Output of a machine that may go back: what it sends a second time was sent already.
#pragma once

#include <cstdint>

namespace mmscope {

class RepeatedOutput {
  public:
    /// One more comes. True: it is new.
    bool pass() {
        if (++position_ <= furthest_) return false;
        furthest_ = position_;
        return true;
    }
    [[nodiscard]] uint64_t position() const { return position_; }
    /// `position` is an earlier one.
    void go_back(uint64_t position) { position_ = position; }

  private:
    uint64_t position_ = 0, furthest_ = 0;
};

}  // namespace mmscope
