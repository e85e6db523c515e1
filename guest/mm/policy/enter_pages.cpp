// SPDX-License-Identifier: GPL-2.0-or-later
// Entering pages of files before, or instead of, faults.
#include "mm/policy/populated_areas.h"

#include "fs/fs.h"
#include "kernel/errno.h"
#include "mm/filemap.h"
#include "mm/internal.h"

namespace {

/// The page if it is in memory and nobody works on it: locked, with a reference. Else null.
page* page_at_hand(const vm_area_struct* area, pgoff_t pgoff) {
    address_space* mapping = area->vm_file->f_mapping;
    page* p = find_get_page(mapping, pgoff);
    if (!p) return nullptr;
    if (trylock_page(p)) {
        if (p->mapping == mapping && PageUptodate(p)) return p;
        unlock_page(p);
    }
    put_page(p);
    return nullptr;
}

}  // namespace

/// The page that the driver gives, locked, with a reference; or ERR_PTR.
page* populated_areas::page_for(page_source source, vm_area_struct* area, ulong address, pgoff_t pgoff) {
    vm_fault vmf = question(area, address, false);
    vmf.pgoff = pgoff;
    const int bits = source(area, &vmf);
    if (bits & VM_FAULT_ERROR) return ERR_PTR<page>(bits & VM_FAULT_OOM ? -ENOMEM : -EINVAL);
    if (!(bits & VM_FAULT_LOCKED)) lock_page(vmf.page);
    return vmf.page;
}

/// Enters the locked page, whose reference it takes over, in place of what is there. 0 or -ENOMEM.
int populated_areas::install_page(vm_area_struct* area, ulong address, page* p, pgprot_t prot) {
    mm_struct* mm = area->vm_mm;
    pte_t* pte = pte_alloc_map(mm, address);
    if (pte) {
        if (!pte_none(*pte)) zap_page_range(area, address, address + PAGE_SIZE);
        spin_guard guard(&mm->page_table_lock);
        if (!pte_present(*pte)) {
            reverse_map::add_file(p);
            rss_counters::add(mm, p);
            set_pte(pte, pfn_pte(page_to_pfn(p), prot));
            vm_stat.file_mapped++;
            return 0;
        }
    }
    put_page(p);  // no memory, or another thread was faster
    return pte ? 0 : -ENOMEM;
}

/// Where there is no page at hand, an entry of a nonlinear area says which one it is to show; a linear area
/// says that itself. 0 or -errno.
int populated_areas::enter_pages(page_source source, vm_area_struct* area, const order& wanted) {
    pgoff_t pgoff = wanted.pgoff;
    for (ulong at = wanted.address; at < wanted.address + wanted.len; at += PAGE_SIZE, pgoff++) {
        page* p = wanted.nonblock ? page_at_hand(area, pgoff) : page_for(source, area, at, pgoff);
        if (IS_ERR(p)) return static_cast<int>(PTR_ERR(p));
        int error = 0;
        if (p) {
            get_page(p);  // for the unlocking
            error = install_page(area, at, p, wanted.prot);
            unlock_page(p);
            put_page(p);
        } else if (area->vm_flags & VM_NONLINEAR) {
            zap_page_range(area, at, at + PAGE_SIZE);
            error = install_file_pte(area, at, pgoff);
        }
        if (error) return error;
    }
    return 0;
}

int populated_areas::page_of(vm_area_struct* vma, vm_fault* vmf) {
    const auto address = reinterpret_cast<ulong>(vmf->virtual_address);
    if (vmf->flags & FAULT_FLAG_NONLINEAR) {
        const int error = show(vma, address, address + PAGE_SIZE, vmf->pgoff, false);
        if (error) return error == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
        return VM_FAULT_NOPAGE | VM_FAULT_MAJOR;
    }
    int type = fault_codes::MINOR;
    page* p = vma->vm_ops->nopage(vma, address, &type);
    const int result = take(vma, p, vmf);
    return type == fault_codes::MAJOR ? result | VM_FAULT_MAJOR : result;
}
