// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers are asked for one page at a time: nopage(area, address, write_access).
#pragma once

#include "mm/policy/by_nopage.h"

struct nopage_by_access : by_nopage {
    /// What stands in vm_operations_struct for areas with these hooks (mm/vm_operations.h).
    template <class Hooks>
    struct area_of {
        static page* nopage(vm_area_struct* area, ulong address, int write_access) {
            vm_fault vmf = question(area, address, write_access != 0);
            const int bits = Hooks::fault(area, &vmf);
            return answer(bits, vmf);
        }
    };

    /// The operations of areas with these hooks.
    template <class Hooks>
    static consteval vm_operations_struct of() {
        vm_operations_struct ops{};
        if constexpr (requires { Hooks::open; }) ops.open = Hooks::open;
        if constexpr (requires { Hooks::close; }) ops.close = Hooks::close;
        if constexpr (requires { Hooks::fault; }) ops.nopage = area_of<Hooks>::nopage;
        return ops;
    }

    /// Asks the driver for a page. VM_FAULT_*: with VM_FAULT_ERROR or VM_FAULT_NOPAGE there is no vmf->page.
    static int page_of(vm_area_struct* vma, vm_fault* vmf) {
        const auto address = reinterpret_cast<ulong>(vmf->virtual_address);
        return take(vma, vma->vm_ops->nopage(vma, address, (vmf->flags & FAULT_FLAG_WRITE) != 0), vmf);
    }

    /// mmap knows no MAP_POPULATE.
    static void prefault(mm_struct*, ulong, ulong, bool) {}
};
