// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of what hangs on a descriptor and of who may use it (INV-13, 14, 15, 40, 42, 43,
// 44, 50), and of a descriptor whose last user is gone (INV-46, 47).
#include "kernel/sched.h"
#include "mm/audit.h"
#include "mm/swap.h"

#ifdef CONFIG_DEBUG_VM

namespace {

ulong bits_of(const void* pointer) {
    return reinterpret_cast<ulong>(pointer);
}

}  // namespace

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

namespace {

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

void check_users_and_owner(const mm_struct* mm) {
    spin_guard guard(&tasklist_lock);
    const int users = atomic_read(&mm->mm_users);
    if (users <= 0) return;
    const int tasks = tasks_with(mm);
    require(users >= tasks, "INV-13", mm, "mm_users", static_cast<ulong>(users), static_cast<ulong>(tasks));
    space_owner::validate(mm, tasks);
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

}  // namespace

void check_attachments(mm_struct* mm) {
    const ulong attached = space_listeners::validate(mm) + aio_contexts::validate(mm);
    const auto count = static_cast<ulong>(atomic_read(&mm->mm_count));
    require(count >= attached + 1, "INV-14", mm, "mm_count", count, attached + 1);
    core_dumping::validate(mm);
}

void check_relations(const mm_struct* mm) {
    check_users_and_owner(mm);
    check_mmlist(mm);
    check_cpu_mask(mm);
    check_writers(mm);
    swap_token::validate(mm);
}

void validate_dead_mm(mm_struct* mm) {
    require_equal("INV-13", mm, "mm_users of a dead space", static_cast<ulong>(atomic_read(&mm->mm_users)),
                  0);
    require_equal("INV-42", mm, "listeners of a dead space", space_listeners::validate(mm), 0);
    require_equal("INV-43", mm, "AIO contexts of a dead space", aio_contexts::validate(mm), 0);
    require(!core_dumping::in_progress(mm), "INV-44", mm, "dump of a dead space", 1, 0);
    require_equal("INV-46", mm, "nr_ptes of a dead space", page_tables::count(mm), 0);
    require_equal("INV-46", mm, "resident pages of a dead space", get_mm_rss(mm), 0);
    const char* wrong = dead_space::wrong(mm);
    require(!wrong, "INV-46", mm, wrong, 1, 0);
    for (unsigned i = 0; i < USER_PTRS_PER_PGD; i++)
        require_equal("INV-46", mm, "user directory entry of a dead space", mm->pgd[i].pgd, 0);
    require_equal("INV-47", mm, "mmap_sem.count of a dead space", static_cast<ulong>(mm->mmap_sem.count), 0);
    require(!spin_is_locked(&mm->page_table_lock), "INV-47", mm, "page_table_lock of a dead space", 1, 0);
    require(list_empty(&mm->mmlist), "INV-15", mm, "mmlist of a dead space", bits_of(mm->mmlist.next),
            bits_of(&mm->mmlist));
}

#endif
