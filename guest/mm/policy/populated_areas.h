// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers are asked for one page at a time, nopage(area, address, &type), or to enter a range of them, in
// whatever order: populate. The latter serves remap_file_pages, faults on the entries it leaves, and
// MAP_POPULATE.
#pragma once

#include "mm/policy/by_nopage.h"
#include "mm/policy/fault_results.h"

struct populated_areas : by_nopage {
    /// What stands in vm_operations_struct for areas with these hooks (mm/vm_operations.h).
    template <class Hooks>
    struct area_of {
        static page* nopage(vm_area_struct* area, ulong address, int* type) {
            vm_fault vmf = question(area, address, false);
            const int bits = Hooks::fault(area, &vmf);
            if (type && (bits & VM_FAULT_MAJOR)) *type = fault_codes::MAJOR;
            return answer(bits, vmf);
        }
        static int populate(vm_area_struct* area, ulong address, ulong len, pgprot_t prot, ulong pgoff,
                            int nonblock) {
            return enter_pages(Hooks::fault, area, {address, len, prot, pgoff, nonblock != 0});
        }
    };

    /// The operations of areas with these hooks.
    template <class Hooks>
    static consteval vm_operations_struct of() {
        vm_operations_struct ops{};
        if constexpr (requires { Hooks::open; }) ops.open = Hooks::open;
        if constexpr (requires { Hooks::close; }) ops.close = Hooks::close;
        if constexpr (requires { Hooks::fault; }) ops.nopage = area_of<Hooks>::nopage;
        if constexpr (requires { Hooks::any_order; }) ops.populate = area_of<Hooks>::populate;
        return ops;
    }

    /// Asks the driver for a page. VM_FAULT_*: with VM_FAULT_ERROR or VM_FAULT_NOPAGE there is no vmf->page;
    /// NOPAGE: the entry is there, or the access is to be tried again.
    static int page_of(vm_area_struct* vma, vm_fault* vmf);

    // Pages in advance. mmap_sem is held for writing ------------------------------------------------------
    /// May the area show its pages in another order?
    static bool may_be_nonlinear(const vm_area_struct* vma) { return vma->vm_ops && vma->vm_ops->populate; }
    /// [start, end) of the area, which is VM_NONLINEAR, shows the pages from `pgoff` on. 0 or -errno.
    static int show(vm_area_struct* vma, ulong start, ulong end, pgoff_t pgoff, bool nonblock) {
        return vma->vm_ops->populate(vma, start, end - start, vma->vm_page_prot, pgoff, nonblock);
    }
    /// MAP_POPULATE of a new mapping.
    static void prefault(mm_struct* mm, ulong start, ulong end, bool nonblock);

  private:
    /// What populate is to do.
    struct order {
        ulong address, len;
        pgprot_t prot;
        pgoff_t pgoff;
        bool nonblock;
    };
    using page_source = int (*)(vm_area_struct*, vm_fault*);
    static int enter_pages(page_source source, vm_area_struct* area, const order& wanted);
    static page* page_for(page_source source, vm_area_struct* area, ulong address, pgoff_t pgoff);
    static int install_page(vm_area_struct* area, ulong address, page* p, pgprot_t prot);
};
