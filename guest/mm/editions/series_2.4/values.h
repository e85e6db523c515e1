// SPDX-License-Identifier: GPL-2.0-or-later
// What stands in the descriptors of 2.4.0 and 2.4.18 alike: the values of flags (MM_FACTS 5.1), and how
// cpu_vm_mask is reached. Included by their descriptors.h only.
#pragma once

/// vm_flags
enum : ulong {
    VM_READ = 0x1,
    VM_WRITE = 0x2,
    VM_EXEC = 0x4,
    VM_SHARED = 0x8,
    VM_MAYREAD = 0x10,
    VM_MAYWRITE = 0x20,
    VM_MAYEXEC = 0x40,
    VM_MAYSHARE = 0x80,
    VM_GROWSDOWN = 0x100,
    VM_GROWSUP = 0x200,
    VM_SHM = 0x400,
    VM_DENYWRITE = 0x800,
    VM_EXECUTABLE = 0x1000,
    VM_LOCKED = 0x2000,
    VM_IO = 0x4000,
    VM_SEQ_READ = 0x8000,
    VM_RAND_READ = 0x10000,
    VM_DONTCOPY = 0x20000,
    VM_DONTEXPAND = 0x40000,
    VM_RESERVED = 0x80000,
    // Flags of later editions: no area has one.
    VM_PFNMAP = 0,
    VM_ACCOUNT = 0,
    VM_NORESERVE = 0,
    VM_HUGETLB = 0,
    VM_NONLINEAR = 0,
    VM_INSERTPAGE = 0,
    VM_ALWAYSDUMP = 0,
    VM_CAN_NONLINEAR = 0,
};
constexpr ulong VM_STACK_FLAGS = 0x177;
constexpr ulong VM_DATA_DEFAULT_FLAGS = 0x77;  // do_brk
constexpr ulong VM_SPECIAL = VM_IO | VM_DONTEXPAND | VM_RESERVED;

/// The processors whose TLB may hold the space, as a bit map.
constexpr ulong* mm_cpumask(mm_struct* mm) {
    return &mm->cpu_vm_mask;
}
constexpr const ulong* mm_cpumask(const mm_struct* mm) {
    return &mm->cpu_vm_mask;
}
