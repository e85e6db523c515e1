// SPDX-License-Identifier: GPL-2.0-or-later
// What drivers are asked: for the page of a fault, which they get as a whole (vm_fault), before a page is
// written for the first time, and for bytes where there are no frames to look at (4.20).
#pragma once

#include "mm/mm_types.h"

struct fault_requests {
    /// The operations of areas with these hooks (mm/vm_operations.h).
    template <class Hooks>
    static consteval vm_operations_struct of() {
        vm_operations_struct ops{};
        if constexpr (requires { Hooks::open; }) ops.open = Hooks::open;
        if constexpr (requires { Hooks::close; }) ops.close = Hooks::close;
        if constexpr (requires { Hooks::fault; }) ops.fault = Hooks::fault;
        if constexpr (requires { Hooks::page_mkwrite; }) ops.page_mkwrite = Hooks::page_mkwrite;
        if constexpr (requires { Hooks::access; }) ops.access = Hooks::access;
        return ops;
    }

    /// Does the driver say what is shown? Else it is anonymous memory.
    static bool gives_pages(const vm_area_struct* vma) { return vma->vm_ops && vma->vm_ops->fault; }
    /// Asks it for a page. VM_FAULT_*: with VM_FAULT_ERROR or VM_FAULT_NOPAGE there is no vmf->page; NOPAGE:
    /// the entry may be there by now.
    static int page_of(vm_area_struct* vma, vm_fault* vmf) { return vma->vm_ops->fault(vma, vmf); }

    /// Does the driver want to know of first writes?
    static bool hears_of_writes(const vm_area_struct* vma) {
        return vma->vm_ops && vma->vm_ops->page_mkwrite;
    }
    /// Tells it: 0, or -errno if it refuses. The page is not locked.
    static int before_write(vm_area_struct* vma, page* p) { return vma->vm_ops->page_mkwrite(vma, p); }

    /// Moves bytes that no frame has, up to the end of the page. Bytes or -errno; 0: the driver cannot.
    static int access(vm_area_struct* vma, ulong addr, void* buf, int len, int write) {
        return vma->vm_ops && vma->vm_ops->access ? vma->vm_ops->access(vma, addr, buf, len, write) : 0;
    }

    // Pages in advance. mmap_sem is held for writing ------------------------------------------------------
    /// May the area show its pages in another order?
    static bool may_be_nonlinear(const vm_area_struct* vma) { return vma->vm_flags & VM_CAN_NONLINEAR; }
    /// [start, end) of the area, which is VM_NONLINEAR, shows the pages from `pgoff` on. 0 or -errno.
    static int show(vm_area_struct* vma, ulong start, ulong end, pgoff_t pgoff, bool nonblock);
    /// MAP_POPULATE of a new mapping.
    static void prefault(mm_struct* mm, ulong start, ulong end, bool nonblock);
};
