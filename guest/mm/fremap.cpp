// SPDX-License-Identifier: GPL-2.0-or-later
// remap_file_pages: a part of a shared mapping shows other pages of its file, without an area of its own
// (VM_NONLINEAR). An entry that is not filled yet says which page belongs there (MM_FACTS 5.6).
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

struct file_range {
    ulong start, end;
    pgoff_t pgoff;  // what `start` is to show
};

/// The area that all of the range lies in, if it may become nonlinear; or null.
vm_area_struct* find_shared_area(mm_struct* mm, const file_range& r) {
    vm_area_struct* vma = find_vma(mm, r.start);
    if (!vma || r.start < vma->vm_start || r.end > vma->vm_end) return nullptr;
    return (vma->vm_flags & VM_SHARED) && area_operations::may_be_nonlinear(vma) ? vma : nullptr;
}

/// The file finds the area's pages from now on without the help of their places.
void make_nonlinear(vm_area_struct* vma) {
    if (vma->vm_flags & VM_NONLINEAR) return;
    file_areas::lock(vma);
    __unlink_file_vma(vma);
    vma->vm_flags |= VM_NONLINEAR;
    __link_file_vma(vma);
    file_areas::unlock(vma);
}

/// Writing back to a disk cleans entries by their places, which nonlinear areas do not have: such a file gets
/// an area of its own for the range, with the rights, the lock and the advice of the old one.
int remap_by_area(vm_area_struct* vma, const file_range& r, ulong flags) {
    const ulong populate = flags & MAP_NONBLOCK ? 0 : +MAP_POPULATE;
    file* filp = get_file(vma->vm_file);  // the old area may be all that holds it
    const ulong at = mmap_region(filp, r.start, r.end - r.start, populate, vma->vm_flags, r.pgoff);
    fput(filp);
    return at & ~PAGE_MASK ? static_cast<int>(at) : 0;
}

/// Held. 0 or -errno.
int do_remap_file_pages(mm_struct* mm, const file_range& r, ulong flags) {
    vm_area_struct* vma = find_shared_area(mm, r);
    if (!vma) return -EINVAL;
    const bool linear = !(vma->vm_flags & VM_NONLINEAR);
    if (linear && r.pgoff == linear_page_index(vma, r.start)) return 0;
    if (!is_shmem_file(vma->vm_file)) return remap_by_area(vma, r, flags);
    make_nonlinear(vma);
    return area_operations::show(vma, r.start, r.end, r.pgoff, (flags & MAP_NONBLOCK) != 0);
}

}  // namespace

int install_file_pte(vm_area_struct* vma, ulong address, pgoff_t pgoff) {
    pte_t* pte = pte_alloc_map(vma->vm_mm, address);
    if (!pte) return -ENOMEM;
    spin_guard guard(&vma->vm_mm->page_table_lock);
    set_pte(pte, pgoff_to_pte(pgoff));
    return 0;
}

/// `prot` has to be 0: the area's rights stay.
long sys_remap_file_pages(ulong start, ulong size, ulong prot, ulong pgoff, ulong flags) {
    if (prot) return -EINVAL;
    start &= PAGE_MASK;
    size &= PAGE_MASK;
    const ulong pages = size >> PAGE_SHIFT;
    if (start + size <= start) return -EINVAL;
    if (pgoff + pages < pgoff || pgoff + pages >= 1ul << PTE_FILE_MAX_BITS) return -EINVAL;
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    const int result = do_remap_file_pages(mm, {.start = start, .end = start + size, .pgoff = pgoff}, flags);
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return result;
}
