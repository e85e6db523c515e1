// SPDX-License-Identifier: GPL-2.0-or-later
// mincore: which pages of a range are in memory.
#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/filemap.h"
#include "mm/internal.h"
#include "mm/swap.h"

namespace {

u8 is_cached(const vm_area_struct* vma, pgoff_t index) {
    if (!vma->vm_file) return 0;
    page* p = find_get_page(vma->vm_file->f_mapping, index);
    if (!p) return 0;
    const u8 present = PageUptodate(p);
    put_page(p);
    return present;
}

u8 is_in_swap_cache(swp_entry_t entry) {
    page* p = find_get_page(&swapper_space, entry.val);
    if (!p) return 0;
    const u8 present = PageUptodate(p);
    put_page(p);
    return present;
}

u8 is_in_core(const vm_area_struct* vma, ulong address) {
    pte_t entry{};
    {
        spin_guard guard(&vma->vm_mm->page_table_lock);
        if (const pte_t* pte = find_pte(vma->vm_mm, address)) entry = *pte;
    }
    if (pte_present(entry)) return 1;
    if (pte_swap(entry)) return is_in_swap_cache(pte_to_swp_entry(entry));
    return is_cached(vma, pte_file(entry) ? pte_to_pgoff(entry) : linear_page_index(vma, address));
}

/// As many of `pages` from `address` on as lie in one area. How many, or -ENOMEM: nothing is mapped there.
long do_mincore(mm_struct* mm, ulong address, u8* result, ulong pages) {
    const vm_area_struct* vma = find_vma(mm, address);
    if (!vma || address < vma->vm_start) return -ENOMEM;
    const ulong count = min(pages, (vma->vm_end - address) >> PAGE_SHIFT);
    for (ulong i = 0; i < count; i++)
        result[i] = is_in_core(vma, address + i * PAGE_SIZE);
    return static_cast<long>(count);
}

/// Through a buffer of a page: a fault on the user's vector would need mmap_sem itself. 0 or -errno.
long mincore_range(u8* buffer, ulong start, ulong pages, u8* vec) {
    mm_struct* mm = current->mm;
    while (pages) {
        down_read(&mm->mmap_sem);
        const long done = do_mincore(mm, start, buffer, min(pages, PAGE_SIZE));
        up_read(&mm->mmap_sem);
        if (done < 0) return done;
        const auto count = static_cast<ulong>(done);
        if (copy_to_user(vec, buffer, count)) return -EFAULT;
        pages -= count;
        vec += count;
        start += count << PAGE_SHIFT;
    }
    return 0;
}

}  // namespace

long sys_mincore(ulong start, ulong len, u8* vec) {
    if (start & ~PAGE_MASK) return -EINVAL;
    if (!access_ok(reinterpret_cast<void*>(start), len)) return -ENOMEM;
    const ulong pages = (len >> PAGE_SHIFT) + ((len & ~PAGE_MASK) != 0);
    if (!access_ok(vec, pages)) return -EFAULT;
    auto* buffer = reinterpret_cast<u8*>(__get_free_pages(GFP_KERNEL, 0));
    if (!buffer) return -EAGAIN;
    const long result = mincore_range(buffer, start, pages, vec);
    free_page(reinterpret_cast<ulong>(buffer));
    return result;
}
