// SPDX-License-Identifier: GPL-2.0-or-later
// Emptying a swap area: every space that may own swap entries is on init_mm.mmlist; its pages are faulted in
// as it would do itself. What then only the cache keeps is dropped from it.
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/swap.h"

namespace {

/// The space behind `after` in the list, with mm_users raised, or null at the end. `after` is held by the
/// caller (or is init_mm), so that it is still in the list.
mm_struct* next_mm(const mm_struct* after) {
    spin_guard guard(&mmlist_lock);
    for (list_head* at = after->mmlist.next; at != &init_mm.mmlist; at = at->next) {
        mm_struct* mm = list_entry(at, mm_struct, mmlist);
        if (atomic_inc_not_zero(&mm->mm_users)) return mm;
    }
    return nullptr;
}

/// The first entry of the area in user [from, to) of the space, or `to`.
ulong find_entry(mm_struct* mm, ulong from, ulong to, unsigned type) {
    ulong found = to;
    for_each_page_table(mm, from, to, [&](const pte_t* pte, ulong at, ulong end) {
        for (; found == to && at < end; at += PAGE_SIZE, pte++) {
            if (pte_swap(*pte) && swp_type(pte_to_swp_entry(*pte)) == type) found = at;
        }
    });
    return found;
}

int unuse_vma(mm_struct* mm, vm_area_struct* vma, unsigned type) {
    ulong at = vma->vm_start;
    while ((at = find_entry(mm, at, vma->vm_end, type)) < vma->vm_end) {
        if (signal_pending(current)) return -EINTR;
        const int result = handle_mm_fault(mm, vma, at, 0);
        if (fault_results::is_oom(result)) return -ENOMEM;
        if (fault_results::is_sigbus(result)) return -EIO;
    }
    return 0;
}

int unuse_mm(mm_struct* mm, unsigned type) {
    int error = 0;
    down_read(&mm->mmap_sem);
    for (vm_area_struct* vma = mm->mmap; vma && !error; vma = vma->vm_next) {
        if (reverse_map::may_have_anonymous(vma)) error = unuse_vma(mm, vma, type);
    }
    up_read(&mm->mmap_sem);
    return error;
}

int unuse_all_mms(unsigned type) {
    mm_struct* mm = &init_mm;
    mmget(mm);
    int error = 0;
    while (!error) {
        mm_struct* next = next_mm(mm);
        mmput(mm);
        mm = next;
        if (!mm) return 0;
        error = unuse_mm(mm, type);
    }
    mmput(mm);
    return error;
}

/// Pages that are back where they belong need no slot any more.
void drop_cached_pages(unsigned type) {
    for (ulong slot = 1; slot < swap_area_slots(type); slot++) {
        page* p = lookup_swap_cache(swp_entry(type, slot));
        if (!p) continue;
        lock_page(p);
        if (PageSwapCache(p) && page_swapcount(p) == 0) {
            set_bit(PG_dirty, &p->flags);
            delete_from_swap_cache(p);
        }
        unlock_page(p);
        put_page(p);
    }
}

}  // namespace

int try_to_unuse(unsigned type) {
    for (;;) {
        if (const int error = unuse_all_mms(type)) return error;
        drop_cached_pages(type);
        if (swap_area_in_use(type) == 0) return 0;
        if (signal_pending(current)) return -EINTR;
        schedule_timeout_uninterruptible(1);  // somebody is just giving a slot up, or forking
    }
}
