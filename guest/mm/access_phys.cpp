// SPDX-License-Identifier: GPL-2.0-or-later
// A debugger's look at the memory of devices.
#include "kernel/errno.h"
#include "mm/internal.h"

int generic_access_phys(vm_area_struct* vma, ulong addr, void* buf, int len, int write) {
    ulong physical;
    {
        spin_guard guard(&vma->vm_mm->page_table_lock);
        const pte_t* pte = find_pte(vma->vm_mm, addr);
        if (!pte || !pte_present(*pte) || (write && !pte_write(*pte))) return -EINVAL;
        physical = (pte_pfn(*pte) << PAGE_SHIFT) | (addr & ~PAGE_MASK);
    }
    if (physical >= __pa(high_memory)) return -EINVAL;  // the kernel sees no more than the linear map
    auto* device = static_cast<volatile u8*>(__va(physical));
    auto* bytes = static_cast<u8*>(buf);
    for (int i = 0; i < len; i++) {
        if (write) {
            device[i] = bytes[i];
        } else {
            bytes[i] = device[i];
        }
    }
    return len;
}
