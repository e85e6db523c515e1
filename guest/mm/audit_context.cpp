// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of what hangs on a descriptor and of who may use it (INV-13, 14, 15, 40, 42, 43,
// 44, 50), and of a descriptor whose last user is gone (INV-46, 47).
#include "fs/aio.h"
#include "fs/fs.h"
#include "kernel/coredump.h"
#include "kernel/sched.h"
#include "mm/audit.h"
#include "mm/mmu_notifier.h"
#include "mm/swap.h"

#ifdef CONFIG_DEBUG_VM

namespace {

ulong bits_of(const void* pointer) {
    return reinterpret_cast<ulong>(pointer);
}

/// The entries of an hlist, each of which knows who points to it. Its lock is held.
ulong checked_length(const mm_struct* mm, const hlist_head* head, const char* rule) {
    ulong length = 0;
    hlist_node* const* from = &head->first;
    for (const hlist_node* node = head->first; node; node = node->next) {
        require(node->pprev == from, rule, mm, "who points to a list entry", bits_of(node->pprev),
                bits_of(from));
        from = &node->next;
        length++;
    }
    return length;
}

ulong check_listeners(mm_struct* mm) {
    mmu_notifier_mm* holder = mm->mmu_notifier_mm;
    if (!holder) return 0;
    require(bits_of(holder) >= PAGE_OFFSET, "INV-42", mm, "mmu_notifier_mm", bits_of(holder), PAGE_OFFSET);
    spin_guard guard(&holder->lock);
    return checked_length(mm, &holder->list, "INV-42");
}

ulong check_aio_contexts(mm_struct* mm) {
    spin_guard guard(&mm->ioctx_lock);
    const ulong length = checked_length(mm, &mm->ioctx_list, "INV-43");
    for (hlist_node* node = mm->ioctx_list.first; node; node = node->next) {
        const auto* ctx = list_entry(node, kioctx, list);
        require_equal("INV-43", mm, "mm of an AIO context", bits_of(ctx->mm), bits_of(mm));
        require(atomic_read(&ctx->users) >= 1, "INV-43", mm, "users of an AIO context",
                static_cast<ulong>(atomic_read(&ctx->users)), 1);
        require(!ctx->dead, "INV-43", mm, "dead AIO context", bits_of(ctx), 0);
    }
    return length;
}

/// It is set and cleared under mmap_sem held for writing, so whoever checks sees all of it.
void check_core_state(const mm_struct* mm) {
    const core_state* state = mm->core_state;
    if (!state) return;
    const task_struct* task = state->dumper.task;
    require(task && task->mm == mm, "INV-44", mm, "dumping task", bits_of(task), bits_of(mm));
    const ulong stack = bits_of(task->stack);
    require(bits_of(state) - stack < THREAD_SIZE, "INV-44", mm, "core_state", bits_of(state), stack);
}

/// Processes and threads with this mm; kernel threads inside use_mm are no users.
int tasks_with(const mm_struct* mm) {
    assert_spin_locked(&tasklist_lock);
    int count = 0;
    task_struct* leader;
    for_each_process(leader) {
        task_struct* task = leader;
        do {
            count += task->mm == mm && !(task->flags & PF_KTHREAD);
            task = next_thread(task);
        } while (task != leader);
    }
    return count;
}

/// An owner that has let go of the mm names its heir before it gives its count back.
void check_owner(const mm_struct* mm) {
    spin_guard guard(&tasklist_lock);
    const int users = atomic_read(&mm->mm_users);
    if (users <= 0) return;
    const int tasks = tasks_with(mm);
    require(users >= tasks, "INV-13", mm, "mm_users", static_cast<ulong>(users), static_cast<ulong>(tasks));
    const bool left = mm->owner && mm->owner->mm != mm;
    require(!left || users > tasks, "INV-40", mm, "mm of the owner", bits_of(left ? mm->owner->mm : nullptr),
            bits_of(mm));
}

/// The whole circle: every space on it is somebody's. Not on it: the space points to itself.
void check_mmlist(const mm_struct* mm) {
    spin_guard guard(&mmlist_lock);
    bool found = false;
    const list_head* entry = &init_mm.mmlist;
    do {
        require(entry->next->prev == entry, "INV-15", mm, "mmlist.prev", bits_of(entry->next->prev),
                bits_of(entry));
        entry = entry->next;
        const auto* member = list_entry(const_cast<list_head*>(entry), mm_struct, mmlist);
        require(atomic_read(&member->mm_count) > 0, "INV-15", mm, "mm_count of a listed space",
                static_cast<ulong>(atomic_read(&member->mm_count)), 1);
        found |= member == mm;
    } while (entry != &init_mm.mmlist);
    const bool alone = mm->mmlist.next == &mm->mmlist && mm->mmlist.prev == &mm->mmlist;
    require(found != alone, "INV-15", mm, "mmlist.next", bits_of(mm->mmlist.next), bits_of(&mm->mmlist));
}

/// Areas of a file that keep writers out; its i_mmap_lock is held.
int areas_that_deny(address_space* mapping) {
    int count = 0;
    vm_area_struct* vma;
    prio_tree_iter iter = prio_tree_range(&mapping->i_mmap, 0, ~0ul);
    vma_prio_tree_foreach(vma, &iter) count += (vma->vm_flags & VM_DENYWRITE) != 0;
    list_for_each_entry(vma, &mapping->i_mmap_nonlinear, shared.vm_set.list) {
        count += (vma->vm_flags & VM_DENYWRITE) != 0;
    }
    return count;
}

/// Areas that deny and writers cannot both be; mmap denies once more while it makes such an area.
void check_writers(const mm_struct* mm) {
    const address_space* checked = nullptr;
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        if (!(vma->vm_flags & VM_DENYWRITE) || !vma->vm_file || vma->vm_file->f_mapping == checked) continue;
        address_space* mapping = vma->vm_file->f_mapping;
        spin_guard guard(&mapping->i_mmap_lock);
        const int denied = areas_that_deny(mapping), writers = atomic_read(&mapping->host->i_writecount);
        require(writers <= -denied, "INV-50", mm, "i_writecount", static_cast<ulong>(writers),
                static_cast<ulong>(-denied));
        checked = mapping;
    }
}

}  // namespace

void check_attachments(mm_struct* mm) {
    const ulong attached = check_listeners(mm) + check_aio_contexts(mm);
    const auto count = static_cast<ulong>(atomic_read(&mm->mm_count));
    require(count >= attached + 1, "INV-14", mm, "mm_count", count, attached + 1);
    check_core_state(mm);
}

void check_relations(const mm_struct* mm) {
    check_owner(mm);
    check_mmlist(mm);
    check_cpu_mask(mm);
    check_writers(mm);
}

void validate_dead_mm(mm_struct* mm) {
    require_equal("INV-13", mm, "mm_users of a dead space", static_cast<ulong>(atomic_read(&mm->mm_users)),
                  0);
    require_equal("INV-42", mm, "listeners of a dead space", check_listeners(mm), 0);
    require_equal("INV-43", mm, "AIO contexts of a dead space", check_aio_contexts(mm), 0);
    require_equal("INV-44", mm, "core_state of a dead space", bits_of(mm->core_state), 0);
    require_equal("INV-46", mm, "nr_ptes of a dead space", mm->nr_ptes, 0);
    require_equal("INV-46", mm, "_anon_rss of a dead space", mm->_anon_rss, 0);
    require_equal("INV-46", mm, "_file_rss of a dead space", mm->_file_rss, 0);
    for (unsigned i = 0; i < USER_PTRS_PER_PGD; i++)
        require_equal("INV-46", mm, "user directory entry of a dead space", mm->pgd[i].pgd, 0);
    require_equal("INV-47", mm, "mmap_sem.count of a dead space", static_cast<ulong>(mm->mmap_sem.count), 0);
    require(!spin_is_locked(&mm->page_table_lock), "INV-47", mm, "page_table_lock of a dead space", 1, 0);
    require(list_empty(&mm->mmlist), "INV-15", mm, "mmlist of a dead space", bits_of(mm->mmlist.next),
            bits_of(&mm->mmlist));
}

#endif
