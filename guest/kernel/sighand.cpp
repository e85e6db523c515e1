// SPDX-License-Identifier: GPL-2.0-or-later
// signal_struct and sighand_struct: what the threads of a process share, from fork to the last one's release.
#include "kernel/errno.h"
#include "kernel/signal_queue.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"

namespace {

kmem_cache *signal_cachep, *sighand_cachep;

constexpr ulong STACK_LIMIT = 8ul << 20;
constexpr ulong MEMLOCK_LIMIT = lock_rules::limit_for_superuser ? RLIM_INFINITY : 64ul << 10;

// The idle task's, and through fork everybody's defaults.
signal_struct init_signals;
sighand_struct init_sighand;

void set_limit(signal_struct* signal, unsigned resource, ulong soft, ulong hard) {
    signal->rlim_cur[resource] = soft;
    signal->rlim_max[resource] = hard;
}

}  // namespace

void signals_init() {
    signal_cachep =
        kmem_cache_create("signal_cache", sizeof(signal_struct), 0, SLAB_POISON | SLAB_PANIC, nullptr);
    sighand_cachep =
        kmem_cache_create("sighand_cache", sizeof(sighand_struct), 0, SLAB_POISON | SLAB_PANIC, nullptr);
    sigqueue_init();
    atomic_set(&init_signals.count, 1);
    atomic_set(&init_signals.live, 1);
    init_sigpending(&init_signals.shared_pending);
    for (unsigned i = 0; i < 16; i++)
        set_limit(&init_signals, i, RLIM_INFINITY, RLIM_INFINITY);
    set_limit(&init_signals, RLIMIT_STACK, STACK_LIMIT, RLIM_INFINITY);
    set_limit(&init_signals, RLIMIT_CORE, 0, RLIM_INFINITY);
    set_limit(&init_signals, RLIMIT_MEMLOCK, MEMLOCK_LIMIT, MEMLOCK_LIMIT);
    set_limit(&init_signals, RLIMIT_NOFILE, 64, 64);  // NR_OPEN of fs/fs.h
    atomic_set(&init_sighand.count, 1);
    spin_lock_init(&init_sighand.siglock);
    init_task.signal = &init_signals;
    init_task.sighand = &init_sighand;
    init_sigpending(&init_task.pending);
}

sighand_struct* dup_sighand() {
    auto* copy = static_cast<sighand_struct*>(kmem_cache_alloc(sighand_cachep, GFP_KERNEL));
    if (!copy) return nullptr;
    atomic_set(&copy->count, 1);
    spin_lock_init(&copy->siglock);
    spin_guard_irq guard(&current->sighand->siglock);
    memcpy(copy->action, current->sighand->action, sizeof(copy->action));
    return copy;
}

int copy_sighand(ulong clone_flags, task_struct* child) {
    if (clone_flags & CLONE_SIGHAND) {
        atomic_inc(&current->sighand->count);
        return 0;
    }
    child->sighand = dup_sighand();
    return child->sighand ? 0 : -ENOMEM;
}

void put_sighand(sighand_struct* sighand) {
    if (atomic_dec_and_test(&sighand->count)) kmem_cache_free(sighand_cachep, sighand);
}

int copy_signal(ulong clone_flags, task_struct* child) {
    if (clone_flags & CLONE_THREAD) return 0;  // counted when the thread is linked
    auto* fresh = static_cast<signal_struct*>(kmem_cache_zalloc(signal_cachep, GFP_KERNEL));
    if (!fresh) return -ENOMEM;
    const signal_struct* from = current->signal;
    atomic_set(&fresh->count, 1);
    atomic_set(&fresh->live, 1);
    init_sigpending(&fresh->shared_pending);
    fresh->pgrp = from->pgrp;
    fresh->session = from->session;
    memcpy(fresh->rlim_cur, from->rlim_cur, sizeof(fresh->rlim_cur));
    memcpy(fresh->rlim_max, from->rlim_max, sizeof(fresh->rlim_max));
    child->signal = fresh;
    return 0;
}

void drop_signal(ulong clone_flags, task_struct* child) {
    if (!(clone_flags & CLONE_THREAD)) kmem_cache_free(signal_cachep, child->signal);
    child->signal = nullptr;
}

void exit_signal_of(task_struct* task) {
    signal_struct* shared = task->signal;
    sighand_struct* sighand = task->sighand;
    bool last;
    {
        spin_guard_irq guard(&sighand->siglock);
        last = atomic_dec_and_test(&shared->count);
        if (!last) {
            shared->utime += task->utime;
            shared->stime += task->stime;
            shared->min_flt += task->min_flt;
            shared->maj_flt += task->maj_flt;
            if (shared->group_exec_task && shared->group_exec_task != task)
                wake_up_process(shared->group_exec_task);
        }
        list_del_init(&task->thread_group);
        flush_sigqueue(&task->pending);
        if (last) flush_sigqueue(&shared->shared_pending);
        task->sigpending_flag = false;
        task->signal = nullptr;
        task->sighand = nullptr;
    }
    put_sighand(sighand);
    if (last) kmem_cache_free(signal_cachep, shared);
}

void flush_signal_handlers(task_struct* task) {
    for (k_sigaction& action : task->sighand->action) {
        if (action.handler != SIG_IGN) action.handler = SIG_DFL;
        action.flags = 0;
        action.restorer = nullptr;
        action.mask = 0;
    }
}
