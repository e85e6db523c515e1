// SPDX-License-Identifier: GPL-2.0-or-later
// The bits of `vm_flags` that the host asks about: those whose meaning is the same in every edition.
#pragma once

#include <cstdint>

namespace mmscope {

inline constexpr uint32_t kVmRead = 0x1, kVmWrite = 0x2, kVmExec = 0x4, kVmShared = 0x8, kVmMayShare = 0x80,
                          kVmGrowsDown = 0x100, kVmPfnMap = 0x400, kVmDenyWrite = 0x800,
                          kVmExecutable = 0x1000, kVmLocked = 0x2000, kVmIo = 0x4000, kVmReserved = 0x80000,
                          kVmNonlinear = 0x800000, kVmInsertPage = 0x2000000;

}  // namespace mmscope
