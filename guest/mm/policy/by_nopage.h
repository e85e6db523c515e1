// SPDX-License-Identifier: GPL-2.0-or-later
// What the ways of asking drivers by nopage have in common: a driver gives one page for an address, unlocked,
// and hears of nothing else (4.20). The driver's own function is the same as in every edition; each way puts
// its nopage around it.
#pragma once

#include "mm/mm_types.h"

/// What nopage gives where there is no page.
constexpr page* NOPAGE_SIGBUS = nullptr;
inline page* const NOPAGE_OOM = reinterpret_cast<page*>(~0ul);

struct by_nopage {
    /// Does the driver say what is shown? Else it is anonymous memory.
    static bool gives_pages(const vm_area_struct* vma) { return vma->vm_ops && vma->vm_ops->nopage; }
    /// Nobody tells drivers of first writes, or asks them for bytes.
    static bool hears_of_writes(const vm_area_struct*) { return false; }
    static int before_write(vm_area_struct*, page*) { return 0; }
    static int access(vm_area_struct*, ulong, void*, int, int) { return 0; }

    // Inside nopage: the driver's function wants a vm_fault, and its result becomes the page.
    static vm_fault question(const vm_area_struct* area, ulong address, bool write);
    static page* answer(int bits, const vm_fault& vmf);
    /// Outside: vmf->page is the page, locked. VM_FAULT_*; VM_FAULT_NOPAGE: it has left its file meanwhile,
    /// and the access is to be tried again.
    static int take(const vm_area_struct* vma, page* p, vm_fault* vmf);
};
