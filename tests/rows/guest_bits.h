// SPDX-License-Identifier: GPL-2.0-or-later
// Bits and values of the guest that row tests compare with: guest/mm's, as MM_FACTS of this edition has them.
#pragma once

#include <cstdint>

namespace mmscope::test {

/// For rows about places: the kernel's page of code is not the first mapping of each program.
inline constexpr const char* kFirstIsTheFirst = "vdso=0";

/// vm_flags (guest/mm/mm_types.h, VM_*).
inline constexpr uint32_t kVmWrite = 0x2, kVmShared = 0x8, kVmMayWrite = 0x20, kVmMayShare = 0x80;
inline constexpr uint32_t kVmPfnmap = 0x400, kVmExecutable = 0x1000, kVmLocked = 0x2000, kVmIo = 0x4000;
inline constexpr uint32_t kVmDontcopy = 0x20000, kVmReserved = 0x80000, kVmNonlinear = 0x800000;

/// What the kernel keeps in the bits of a page-table entry that the processor ignores.
inline constexpr uint32_t kSpecial = 0x200, kProtnone = 0x80, kFileEntry = 0x40;

/// struct page, flags: the kernel's own, which no space counts.
inline constexpr uint32_t kReserved = 1 << 8;

/// What the slab allocator leaves in a freed object that is checked.
inline constexpr uint32_t kSlabPoison = 0x6B6B6B6B;

}  // namespace mmscope::test
