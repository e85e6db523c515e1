// SPDX-License-Identifier: GPL-2.0-or-later
// Contexts of asynchronous input and output: made, found, ended; and the system calls.
#include "fs/aio.h"

#include "arch/uaccess.h"
#include "fs/aio_internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "mm/mm.h"
#include "mm/slab.h"

namespace {

spinlock_t aio_nr_lock = SPIN_LOCK_UNLOCKED;
unsigned aio_nr;  // max_reqs of all contexts. aio_nr_lock

bool reserve_events(unsigned count) {
    spin_guard guard(&aio_nr_lock);
    if (count > AIO_MAX_NR - aio_nr) return false;
    aio_nr += count;
    return true;
}
void release_events(unsigned count) {
    spin_guard guard(&aio_nr_lock);
    aio_nr -= count;
}

/// An error of the ring leaves nothing behind; nor does one that comes later.
void free_ioctx(kioctx* ctx) {
    release_events(ctx->max_reqs);
    mmdrop(ctx->mm);
    kfree(ctx);
}

/// The last reference goes while the mm is in use, or in exit_aio: its areas are still there.
void put_ioctx(kioctx* ctx) {
    if (!atomic_dec_and_test(&ctx->users)) return;
    BUG_ON(ctx->reqs_active || ctx->running);
    aio_free_ring(ctx);
    free_ioctx(ctx);
}

kioctx* new_ioctx(unsigned nr_events) {
    auto* ctx = static_cast<kioctx*>(kzalloc(sizeof(kioctx), GFP_KERNEL));
    if (!ctx) return nullptr;
    atomic_set(&ctx->users, 1);
    ctx->max_reqs = nr_events;
    ctx->mm = current->mm;
    mmgrab(ctx->mm);
    init_waitqueue_head(&ctx->wait);
    spin_lock_init(&ctx->ctx_lock);
    INIT_LIST_HEAD(&ctx->active_reqs);
    INIT_LIST_HEAD(&ctx->run_list);
    init_work(&ctx->work, aio_kick_handler);
    return ctx;
}

/// In the list of current's mm, the newest first; or ERR_PTR.
kioctx* ioctx_alloc(unsigned nr_events) {
    if (nr_events > AIO_MAX_NR || !reserve_events(nr_events)) return ERR_PTR<kioctx>(-EAGAIN);
    kioctx* ctx = new_ioctx(nr_events);
    if (!ctx) {
        release_events(nr_events);
        return ERR_PTR<kioctx>(-ENOMEM);
    }
    if (const int error = aio_setup_ring(ctx)) {
        free_ioctx(ctx);
        return ERR_PTR<kioctx>(error);
    }
    aio_contexts::add(ctx);
    return ctx;
}

/// The context with this handle, with a reference, or null.
kioctx* lookup_ioctx(ulong handle) {
    return aio_contexts::find(current->mm, handle);
}

/// The caller's reference remains.
void io_destroy(kioctx* ctx) {
    const bool listed = aio_contexts::remove(ctx);
    aio_cancel_all(ctx);
    wait_for_all_aios(ctx);
    if (listed) put_ioctx(ctx);
}

/// Whether and how long a call waits for events.
struct patience {
    bool limited;
    ulong until;  // jiffies
};

/// One event: 1; none until time is up: 0; -EINTR, or -EINVAL if the context ends meanwhile.
long wait_for_event(kioctx* ctx, io_event* event, const patience& time) {
    wait_queue_t wait{};
    long result;
    for (;;) {
        prepare_to_wait(&ctx->wait, &wait, TASK_INTERRUPTIBLE);
        current->state = TASK_RUNNING;  // the ring's mutex may sleep; whoever puts an event wakes us again
        result = 1;
        if (aio_read_evt(ctx, event)) break;
        result = -EINVAL;
        if (ctx->dead) break;
        result = -EINTR;
        if (signal_pending(current)) break;
        const long left = time.limited ? static_cast<long>(time.until - jiffies) : 0;
        result = 0;
        if (time.limited && left <= 0) break;
        prepare_to_wait(&ctx->wait, &wait, TASK_INTERRUPTIBLE);
        if (aio_has_event(ctx) || ctx->dead) continue;
        if (time.limited) {
            schedule_timeout(left);
        } else {
            schedule();
        }
    }
    finish_wait(&ctx->wait, &wait);
    return result;
}

/// At least `min_nr` of at most `nr` events, as far as time allows. Their number, or -errno if there is none.
long read_events(kioctx* ctx, long min_nr, long nr, io_event* events, const patience& time) {
    long done = 0, result = 0;
    while (done < nr) {
        io_event event;
        result = aio_read_evt(ctx, &event) ? 1 : done >= min_nr ? 0 : wait_for_event(ctx, &event, time);
        if (result <= 0) break;
        if (put_user(event, events + done)) {
            result = -EFAULT;
            break;
        }
        done++;
    }
    return done ? done : min(result, 0l);
}

}  // namespace

long sys_io_setup(unsigned nr_events, ulong* handle) {
    ulong there;
    if (get_user(there, handle)) return -EFAULT;
    if (there || nr_events == 0) return -EINVAL;
    kioctx* ctx = ioctx_alloc(nr_events);
    if (IS_ERR(ctx)) return PTR_ERR(ctx);
    if (!put_user(ctx->user_id, handle)) return 0;
    atomic_inc(&ctx->users);
    io_destroy(ctx);
    put_ioctx(ctx);
    return -EFAULT;
}

long sys_io_destroy(ulong handle) {
    kioctx* ctx = lookup_ioctx(handle);
    if (!ctx) return -EINVAL;
    io_destroy(ctx);
    put_ioctx(ctx);
    return 0;
}

long sys_io_getevents(ulong handle, long min_nr, long nr, io_event* events, timespec* timeout) {
    if (min_nr < 0 || nr < 0 || min_nr > nr) return -EINVAL;
    patience time{};
    if (timeout) {
        timespec given;
        if (get_user(given, timeout)) return -EFAULT;
        if (!timespec_valid(given)) return -EINVAL;
        time = {true, jiffies + timespec_to_jiffies(given)};
    }
    kioctx* ctx = lookup_ioctx(handle);
    if (!ctx) return -EINVAL;
    const long result = read_events(ctx, min_nr, nr, events, time);
    put_ioctx(ctx);
    return result;
}

/// As many as go; the error of the first that does not, if it was the first of all.
long sys_io_submit(ulong handle, long nr, iocb** requests) {
    if (nr < 0) return -EINVAL;
    kioctx* ctx = lookup_ioctx(handle);
    if (!ctx) return -EINVAL;
    long done = 0, error = 0;
    for (; done < nr && !error; done += !error) {
        iocb* user_iocb;
        iocb wanted;
        if (get_user(user_iocb, requests + done) || get_user(wanted, user_iocb)) {
            error = -EFAULT;
        } else {
            error = io_submit_one(ctx, user_iocb, wanted);
        }
    }
    put_ioctx(ctx);
    return done ? done : error;
}

long sys_io_cancel(ulong handle, iocb* request, io_event* result) {
    u32 key;
    if (get_user(key, &request->aio_key)) return -EFAULT;
    kioctx* ctx = lookup_ioctx(handle);
    if (!ctx) return -EINVAL;
    io_event event{};
    const int error = aio_cancel_one(ctx, request, key, &event);
    put_ioctx(ctx);
    if (error) return error;
    return put_user(event, result) ? -EFAULT : 0;
}

void exit_aio(mm_struct* mm) {
    while (kioctx* ctx = aio_contexts::first(mm)) {
        io_destroy(ctx);
        BUG_ON(atomic_read(&ctx->users) != 1);  // nobody is left who could be in a call
        put_ioctx(ctx);
    }
}
