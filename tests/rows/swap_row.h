// SPDX-License-Identifier: GPL-2.0-or-later
// A row on a machine with little memory and a swap area on its first disk, and how it looks at slots.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/rows/row_run.h"
#include "tests/support/swap_disk.h"

namespace mmscope::test {

/// A machine with 8 MiB of RAM and 32 MiB of swap space.
class SwapRow : public Row {
  public:
    SwapRow() {
        options.ram = 8u << 20;
        options.disks = {&disk_.medium, nullptr};
    }

  private:
    SwapDisk disk_;
};

inline bool names_a_slot(uint32_t pte) {
    constexpr uint32_t kMayNotBeSet = 0xC1;  // present, nonlinear, PROT_NONE
    return pte != 0 && (pte & kMayNotBeSet) == 0;
}
/// The entry of a page behind the address that the row told as "at".
inline uint32_t pte_of(const Moment& now, const char* who, uint32_t page = 0) {
    return now.pte(now.number(who), now.number("at") + page * kPageSize);
}
/// Users of the slot that an entry names; there is one area.
inline uint32_t users(const Moment& now, uint32_t pte) {
    EXPECT_EQ(pte >> 1 & 0x1F, 0u) << "the first area";
    return now.variable("swap_info").u32("[0].map.count[" + std::to_string(pte >> 8) + "]");
}

}  // namespace mmscope::test
