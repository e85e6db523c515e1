// SPDX-License-Identifier: GPL-2.0-or-later
// What the driver of an area does for it, and what serving a fault results in. Included by mm/mm_types.h
// only.
#pragma once

/// What the steps of serving a fault, drivers among them, tell each other (MM_FACTS 5.7)
enum : int {
    VM_FAULT_MINOR = 0,
    VM_FAULT_OOM = 1,
    VM_FAULT_SIGBUS = 2,
    VM_FAULT_MAJOR = 4,
    VM_FAULT_WRITE = 8,
    VM_FAULT_NOPAGE = 0x100,
    VM_FAULT_LOCKED = 0x200,
    VM_FAULT_ERROR = VM_FAULT_OOM | VM_FAULT_SIGBUS
};

enum : unsigned { FAULT_FLAG_WRITE = 1, FAULT_FLAG_NONLINEAR = 2 };
struct vm_fault {
    unsigned flags;         // FAULT_FLAG_*
    pgoff_t pgoff;          // page offset in the file
    void* virtual_address;  // page-aligned user address
    struct page* page;      // set by the driver, with a reference
};
struct vm_operations_struct {
    void (*open)(vm_area_struct* vma);
    void (*close)(vm_area_struct* vma);
    int (*fault)(vm_area_struct* vma, vm_fault* vmf);
    int (*page_mkwrite)(vm_area_struct* vma, struct page* page);
    int (*access)(vm_area_struct* vma, ulong addr, void* buf, int len, int write);
};
