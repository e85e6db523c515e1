// SPDX-License-Identifier: GPL-2.0-or-later
// Between nopage and the shared functions of drivers and of faults.
#include "mm/policy/by_nopage.h"

#include "fs/fs.h"
#include "mm/filemap.h"
#include "mm/internal.h"

namespace {

/// The page belonged to a file when nopage gave it; while nobody held its lock, the file may have been cut.
bool has_left_its_file(const vm_area_struct* vma, const page* p) {
    const address_space* mapping = vma->vm_file ? vma->vm_file->f_mapping : nullptr;
    const bool is_cached = mapping && mapping->a_ops && mapping->a_ops->readpage;
    return is_cached && p->mapping != mapping;
}

}  // namespace

vm_fault by_nopage::question(const vm_area_struct* area, ulong address, bool write) {
    return {.flags = write ? +FAULT_FLAG_WRITE : 0u,
            .pgoff = linear_page_index(area, address),
            .virtual_address = reinterpret_cast<void*>(address & PAGE_MASK),
            .page = nullptr};
}

page* by_nopage::answer(int bits, const vm_fault& vmf) {
    if (bits & VM_FAULT_OOM) return NOPAGE_OOM;
    if (bits & VM_FAULT_SIGBUS) return NOPAGE_SIGBUS;
    if (bits & VM_FAULT_LOCKED) unlock_page(vmf.page);
    return vmf.page;
}

int by_nopage::take(const vm_area_struct* vma, page* p, vm_fault* vmf) {
    if (p == NOPAGE_SIGBUS) return VM_FAULT_SIGBUS;
    if (p == NOPAGE_OOM) return VM_FAULT_OOM;
    lock_page(p);
    if (has_left_its_file(vma, p)) {
        unlock_page(p);
        put_page(p);
        return VM_FAULT_NOPAGE;
    }
    vmf->page = p;
    return VM_FAULT_LOCKED;
}
