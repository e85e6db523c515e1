// SPDX-License-Identifier: GPL-2.0-or-later
// Areas of no file that show a page of the kernel's.
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

int special_mapping_fault(vm_area_struct* vma, vm_fault* vmf) {
    vmf->page = static_cast<page*>(vma->vm_private_data);
    get_page(vmf->page);
    return 0;
}
struct special_area {
    static constexpr auto fault = special_mapping_fault;
};
vm_operations_struct special_mapping_ops = area_operations::of<special_area>();

}  // namespace

int install_special_mapping(mm_struct* mm, ulong addr, ulong vm_flags, page* shown) {
    assert_held_write(&mm->mmap_sem);
    auto* vma = static_cast<vm_area_struct*>(kmem_cache_zalloc(vm_area_cachep, GFP_KERNEL));
    if (!vma) return -ENOMEM;
    vma->vm_mm = mm;
    vma->vm_start = addr;
    vma->vm_end = addr + PAGE_SIZE;
    vma->vm_flags = vm_flags | mm->def_flags | VM_DONTEXPAND;
    vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
    vma->vm_ops = &special_mapping_ops;
    vma->vm_private_data = shown;
    if (const int error = insert_vm_struct(mm, vma)) {
        kmem_cache_free(vm_area_cachep, vma);
        return error;
    }
    grow_total_vm(mm, 1);
    area_stats::account(mm, vma->vm_flags, nullptr, 1);
    return 0;
}
