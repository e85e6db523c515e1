// SPDX-License-Identifier: GPL-2.0-or-later
// The life of a memory descriptor: made, shared, borrowed, given back (4.1 - 4.3). mm_users counts those who
// use the user space; mm_count counts references to the structure, all users together as one.
#include "fs/aio.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/slab.h"
#include "mm/swap.h"

kmem_cache *mm_cachep, *vm_area_cachep;
spinlock_t mmlist_lock = SPIN_LOCK_UNLOCKED;

/// Process 0's descriptor while it boots, and the head of mmlist. Its page directory is the master of the
/// kernel half.
constinit mm_struct init_mm = [] {
    mm_struct mm{};
    area_tree::init(&mm);
    mm.pgd = swapper_pg_dir;
    mm.mm_users = ATOMIC_INIT(2);
    mm.mm_count = ATOMIC_INIT(1);
    mm.mmap_sem = RWSEM_INITIALIZER(init_mm.mmap_sem);
    mm.page_table_lock = SPIN_LOCK_UNLOCKED;
    mm.mmlist = LIST_HEAD_INIT(init_mm.mmlist);
    *mm_cpumask(&mm) = ~0ul;
    return mm;
}();

namespace {

#ifdef CONFIG_DEBUG_VM
constexpr ulong kCacheFlags = SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_POISON | SLAB_RED_ZONE;
#else
constexpr ulong kCacheFlags = SLAB_HWCACHE_ALIGN | SLAB_PANIC;
#endif

}  // namespace

void mm_cache_init() {
    mm_cachep = kmem_cache_create("mm_struct", sizeof(mm_struct), 0, kCacheFlags, nullptr);
    vm_area_cachep = kmem_cache_create("vm_area_struct", sizeof(vm_area_struct), 0, kCacheFlags, nullptr);
    reverse_map::init();
    space_context::boot(&init_mm);
    zero_page_init();
}

bool mm_init(mm_struct* mm, task_struct* owner) {
    atomic_set(&mm->mm_users, 1);
    atomic_set(&mm->mm_count, 1);
    init_rwsem(&mm->mmap_sem);
    mm_list::init(mm);
    dump_permission::init(mm, current->mm);
    core_dumping::init(mm);
    page_tables::reset(mm);
    rss_counters::init(mm);
    lock_rules::init(mm);
    spin_lock_init(&mm->page_table_lock);
    aio_contexts::init(mm);
    area_search::init(mm);
    space_owner::init(mm, owner);
    space_listeners::init(mm);
    if (space_context::init(mm)) return false;
    mm->pgd = pgd_alloc(mm);
    if (mm->pgd) return true;
    space_context::destroy(mm);
    return false;
}

traced mm_struct* mm_alloc() {
    auto* mm = static_cast<mm_struct*>(kmem_cache_zalloc(mm_cachep, GFP_KERNEL));
    if (mm && !mm_init(mm, current)) {
        kmem_cache_free(mm_cachep, mm);
        return nullptr;
    }
    return mm;
}

traced void mmput(mm_struct* mm) {
    if (!mm_list::drop_user(mm)) return;
    exit_aio(mm);
    exit_mmap(mm);
    space_context::end(mm);
    program_file::set(mm, nullptr);
    mm_list::leave(mm);
    swap_token::put(mm);
    program_format::put(mm);
    validate_dead_mm(mm);
    mmdrop(mm);
}

traced void mmget(mm_struct* mm) {
    atomic_inc(&mm->mm_users);
}

traced void mmgrab(mm_struct* mm) {
    atomic_inc(&mm->mm_count);
}

traced void mmdrop(mm_struct* mm) {
    if (!atomic_dec_and_test(&mm->mm_count)) return;
    BUG_ON(mm == &init_mm);
    pgd_free(mm, mm->pgd);
    space_context::destroy(mm);
    space_listeners::destroy(mm);
    kmem_cache_free(mm_cachep, mm);
}

mm_struct* get_task_mm(task_struct* task) {
    task_lock(task);
    mm_struct* mm = task->mm;
    if (mm) mmget(mm);
    task_unlock(task);
    return mm;
}
