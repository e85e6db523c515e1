// SPDX-License-Identifier: GPL-2.0-or-later
// How the driver of an area says what it does for it, and what serving a fault results in. Included by
// mm/mm_types.h only.
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

// vm_operations_struct is the edition's (descriptors.h), and so is the way its functions are called. A driver
// is the same for all: it describes its areas by a type ("hooks") with those of these static members that it
// has, of which area_operations::of<HOOKS>() makes the edition's structure:
//   void open(vma), void close(vma)
//   int fault(vma, vm_fault*)       the page, with a reference: VM_FAULT_*; VM_FAULT_LOCKED if it is locked
//   int page_mkwrite(vma, page)     the page is about to be written through a shared area: 0 or -errno
//   int access(vma, addr, buf, len, write)    a debugger's look at an area with VM_IO: bytes or -errno
//   bool any_order                  true: areas may show their pages in another order than the file's
