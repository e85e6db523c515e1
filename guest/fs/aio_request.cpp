// SPDX-License-Identifier: GPL-2.0-or-later
// Requests: checked and queued by the program, served by the thread "aio/0" inside the program's address
// space.
#include "arch/uaccess.h"
#include "fs/aio_internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"

namespace {

workqueue_struct aio_wq;

bool is_regular(const file* filp) {
    return (filp->f_path.dentry->d_inode->i_mode & S_IFMT) == S_IFREG;
}

/// What the file must be able to do. Devices are read and written at once or not at all: they have no
/// requests.
int check_operation(const kiocb* req) {
    const file* filp = req->ki_filp;
    const bool reads = req->ki_opcode == IOCB_CMD_PREAD;
    if (!reads && req->ki_opcode != IOCB_CMD_PWRITE) return -EINVAL;
    if (!(filp->f_mode & (reads ? FMODE_READ : FMODE_WRITE))) return -EBADF;
    if (!access_ok(reinterpret_cast<void*>(req->ki_buf), req->ki_nbytes)) return -EFAULT;
    const bool able =
        is_regular(filp) && (reads ? filp->f_op->read != nullptr : filp->f_op->write != nullptr);
    return able && req->ki_pos >= 0 ? 0 : -EINVAL;
}

int check_record(const iocb& wanted) {
    if (wanted.aio_reserved1 || wanted.aio_reserved2 || wanted.aio_flags) return -EINVAL;
    if (wanted.aio_buf > ~0ul || wanted.aio_nbytes > ~0ul >> 1) return -EINVAL;
    return 0;
}

/// Into the lists, and the worker to work. -EAGAIN: no place in the ring. -EINVAL: the context ends.
int enqueue(kioctx* ctx, kiocb* req) {
    bool start;
    {
        spin_guard guard(&ctx->ctx_lock);
        if (ctx->dead) return -EINVAL;
        if (aio_ring_free_places(ctx) == 0) return -EAGAIN;
        ctx->reqs_active++;
        list_add_tail(&req->ki_list, &ctx->active_reqs);
        list_add_tail(&req->ki_run_list, &ctx->run_list);
        start = !ctx->running;
        ctx->running = true;
    }
    if (start) queue_work(&aio_wq, &ctx->work);
    return 0;
}

/// The next request that has not begun. If there is none, the worker leaves the context: it must not touch it
/// any more, for whoever waits may free it.
kiocb* take_request(kioctx* ctx) {
    spin_guard guard(&ctx->ctx_lock);
    if (list_empty(&ctx->run_list)) return nullptr;
    kiocb* req = list_entry(ctx->run_list.next, kiocb, ki_run_list);
    list_del_init(&req->ki_run_list);
    return req;
}

/// True if the worker may leave: nothing came meanwhile. Then the context may be gone.
bool leave_context(kioctx* ctx) {
    spin_guard guard(&ctx->ctx_lock);
    if (!list_empty(&ctx->run_list)) return false;
    ctx->running = false;
    wake_up_all(&ctx->wait);
    return true;
}

void aio_complete(kioctx* ctx, kiocb* req, long result) {
    fput(req->ki_filp);
    const io_event event{
        .data = req->ki_user_data, .obj = reinterpret_cast<ulong>(req->ki_user), .res = result, .res2 = 0};
    {
        spin_guard guard(&ctx->ctx_lock);
        list_del(&req->ki_list);
        ctx->reqs_active--;
        aio_put_event(ctx, event);
        wake_up_all(&ctx->wait);
    }
    kfree(req);
}

long serve(kiocb* req) {
    const file_operations* op = req->ki_filp->f_op;
    auto* buffer = reinterpret_cast<char*>(req->ki_buf);
    if (req->ki_opcode == IOCB_CMD_PREAD) return op->read(req->ki_filp, buffer, req->ki_nbytes, &req->ki_pos);
    return op->write(req->ki_filp, buffer, req->ki_nbytes, &req->ki_pos);
}

/// The request leaves both lists without an event. ctx_lock held.
void unlink_request(kioctx* ctx, kiocb* req) {
    assert_spin_locked(&ctx->ctx_lock);
    list_del(&req->ki_run_list);
    list_del(&req->ki_list);
    ctx->reqs_active--;
}

bool is_idle(kioctx* ctx) {
    spin_guard guard(&ctx->ctx_lock);
    return ctx->reqs_active == 0 && !ctx->running;
}

}  // namespace

void aio_init() {
    start_workqueue(&aio_wq, "aio/0");
}

void aio_kick_handler(work_struct* work) {
    auto* ctx = container_of(work, kioctx, work);
    mm_struct* mm = ctx->mm;
    use_mm(mm);
    do {
        while (kiocb* req = take_request(ctx))
            aio_complete(ctx, req, serve(req));
    } while (!leave_context(ctx));
    unuse_mm(mm);  // the thread's own reference keeps it
}

int io_submit_one(kioctx* ctx, iocb* user_iocb, const iocb& wanted) {
    if (const int error = check_record(wanted)) return error;
    file* filp = fget(wanted.aio_fildes);
    if (!filp) return -EBADF;
    auto* req = static_cast<kiocb*>(kzalloc(sizeof(kiocb), GFP_KERNEL));
    int error = req ? 0 : -EAGAIN;
    if (!error) {
        *req = kiocb{.ki_list = {},
                     .ki_run_list = {},
                     .ki_ctx = ctx,
                     .ki_filp = filp,
                     .ki_user = user_iocb,
                     .ki_key = 0,
                     .ki_user_data = wanted.aio_data,
                     .ki_opcode = wanted.aio_lio_opcode,
                     .ki_buf = static_cast<ulong>(wanted.aio_buf),
                     .ki_nbytes = static_cast<ulong>(wanted.aio_nbytes),
                     .ki_pos = wanted.aio_offset};
        error = put_user(req->ki_key, &user_iocb->aio_key) ? -EFAULT : check_operation(req);
    }
    if (!error) error = enqueue(ctx, req);
    if (!error) return 0;
    kfree(req);
    fput(filp);
    return error;
}

int aio_cancel_one(kioctx* ctx, const iocb* user_iocb, u32 key, io_event* result) {
    kiocb* found = nullptr;
    {
        spin_guard guard(&ctx->ctx_lock);
        kiocb* req;
        list_for_each_entry(req, &ctx->active_reqs, ki_list) {
            if (req->ki_user == user_iocb && req->ki_key == key) found = req;
        }
        if (!found) return -EINVAL;
        if (list_empty(&found->ki_run_list)) return -EAGAIN;
        unlink_request(ctx, found);
    }
    *result = {
        .data = found->ki_user_data, .obj = reinterpret_cast<ulong>(user_iocb), .res = -EINTR, .res2 = 0};
    fput(found->ki_filp);
    kfree(found);
    return 0;
}

void aio_cancel_all(kioctx* ctx) {
    for (;;) {
        kiocb* req;
        {
            spin_guard guard(&ctx->ctx_lock);
            ctx->dead = true;
            wake_up_all(&ctx->wait);
            if (list_empty(&ctx->run_list)) return;
            req = list_entry(ctx->run_list.next, kiocb, ki_run_list);
            unlink_request(ctx, req);
        }
        fput(req->ki_filp);
        kfree(req);
    }
}

void wait_for_all_aios(kioctx* ctx) {
    wait_event(ctx->wait, is_idle(ctx));
}
