// SPDX-License-Identifier: GPL-2.0-or-later
// Registering listeners to an address space, and calling them.
#include "mm/mmu_notifier.h"

#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/rmap.h"
#include "mm/slab.h"

namespace {

bool hlist_unhashed(const hlist_node* entry) {
    return entry->pprev == nullptr;
}

template <class Visit>
void for_each_notifier(mm_struct* mm, Visit visit) {
    spin_guard guard(&mm->mmu_notifier_mm->lock);
    for (hlist_node* node = mm->mmu_notifier_mm->list.first; node; node = node->next)
        visit(list_entry(node, mmu_notifier, hlist));
}

/// Two areas may share a file or an anon_vma: its lock is taken at the first and given back at the first.
void lock_once(spinlock_t* lock) {
    if (lock->owner != current) spin_lock(lock);
}
void unlock_once(spinlock_t* lock) {
    if (lock->owner == current) spin_unlock(lock);
}

/// Every lock under which somebody finds entries of the mm from a frame (files' first, then anon_vmas'):
/// nobody is in the middle of a change that the new listener would have heard only the end of.
void mm_take_all_locks(mm_struct* mm) {
    assert_held_write(&mm->mmap_sem);
    for (vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if (vma->vm_file) lock_once(&vma->vm_file->f_mapping->i_mmap_lock);
    }
    for (vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if (vma->anon_vma) lock_once(&vma->anon_vma->lock);
    }
}

void mm_drop_all_locks(mm_struct* mm) {
    for (vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if (vma->anon_vma) unlock_once(&vma->anon_vma->lock);
        if (vma->vm_file) unlock_once(&vma->vm_file->f_mapping->i_mmap_lock);
    }
}

mmu_notifier_mm* new_notifier_mm() {
    auto* made = static_cast<mmu_notifier_mm*>(kmalloc(sizeof(mmu_notifier_mm), GFP_KERNEL));
    if (!made) return nullptr;
    INIT_HLIST_HEAD(&made->list);
    spin_lock_init(&made->lock);
    return made;
}

}  // namespace

int mmu_notifier_register(mmu_notifier* mn, mm_struct* mm) {
    BUG_ON(atomic_read(&mm->mm_users) <= 0);
    mmu_notifier_mm* fresh = new_notifier_mm();
    if (!fresh) return -ENOMEM;
    down_write(&mm->mmap_sem);
    mm_take_all_locks(mm);
    if (!mm->mmu_notifier_mm) {
        mm->mmu_notifier_mm = fresh;
        fresh = nullptr;
    }
    mmgrab(mm);
    {
        spin_guard guard(&mm->mmu_notifier_mm->lock);
        hlist_add_head(&mn->hlist, &mm->mmu_notifier_mm->list);
    }
    mm_drop_all_locks(mm);
    up_write(&mm->mmap_sem);
    kfree(fresh);
    return 0;
}

void mmu_notifier_unregister(mmu_notifier* mn, mm_struct* mm) {
    BUG_ON(atomic_read(&mm->mm_count) <= 0);
    bool listed;
    {
        spin_guard guard(&mm->mmu_notifier_mm->lock);
        listed = !hlist_unhashed(&mn->hlist);
        if (listed) hlist_del(&mn->hlist);
    }
    if (listed && mn->ops->release) mn->ops->release(mn, mm);
    mmdrop(mm);
}

/// Each listener is out of the list before it is told: it may be freed as soon as it knows.
void __mmu_notifier_release(mm_struct* mm) {
    for (;;) {
        mmu_notifier* mn;
        {
            spin_guard guard(&mm->mmu_notifier_mm->lock);
            hlist_node* first = mm->mmu_notifier_mm->list.first;
            if (!first) return;
            mn = list_entry(first, mmu_notifier, hlist);
            hlist_del(first);
        }
        if (mn->ops->release) mn->ops->release(mn, mm);
    }
}

bool __mmu_notifier_clear_flush_young(mm_struct* mm, ulong address) {
    bool young = false;
    for_each_notifier(mm, [&](mmu_notifier* mn) {
        if (mn->ops->clear_flush_young) young |= mn->ops->clear_flush_young(mn, mm, address);
    });
    return young;
}

void __mmu_notifier_invalidate_page(mm_struct* mm, ulong address) {
    for_each_notifier(mm, [&](mmu_notifier* mn) {
        if (mn->ops->invalidate_page) mn->ops->invalidate_page(mn, mm, address);
    });
}

void __mmu_notifier_invalidate_range_start(mm_struct* mm, ulong start, ulong end) {
    for_each_notifier(mm, [&](mmu_notifier* mn) {
        if (mn->ops->invalidate_range_start) mn->ops->invalidate_range_start(mn, mm, start, end);
    });
}

void __mmu_notifier_invalidate_range_end(mm_struct* mm, ulong start, ulong end) {
    for_each_notifier(mm, [&](mmu_notifier* mn) {
        if (mn->ops->invalidate_range_end) mn->ops->invalidate_range_end(mn, mm, start, end);
    });
}

void __mmu_notifier_mm_destroy(mm_struct* mm) {
    BUG_ON(!hlist_empty(&mm->mmu_notifier_mm->list));
    kfree(mm->mmu_notifier_mm);
    mm->mmu_notifier_mm = nullptr;
}
