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

bool is_read(const kiocb* req) {
    return req->ki_opcode == IOCB_CMD_PREAD || req->ki_opcode == IOCB_CMD_PREADV;
}
bool is_write(const kiocb* req) {
    return req->ki_opcode == IOCB_CMD_PWRITE || req->ki_opcode == IOCB_CMD_PWRITEV;
}

/// What the request holds.
void drop_resources(kiocb* req) {
    if (req->ki_iovec != &req->ki_inline_vec) kfree(req->ki_iovec);
    fput(req->ki_filp);
}

/// It is in no list.
void free_request(kiocb* req) {
    drop_resources(req);
    kfree(req);
}

/// What the file must be able to do. Devices are read and written at once or not at all: they have no
/// requests.
int check_file(const kiocb* req) {
    const file* filp = req->ki_filp;
    const bool reads = is_read(req);
    if (!reads && !is_write(req)) return -EINVAL;
    if (!(filp->f_mode & (reads ? FMODE_READ : FMODE_WRITE))) return -EBADF;
    const bool able =
        is_regular(filp) && (reads ? filp->f_op->read != nullptr : filp->f_op->write != nullptr);
    return able && req->ki_pos >= 0 ? 0 : -EINVAL;
}

/// The vector of the request becomes the kernel's: the program may change its own meanwhile. 0 or -errno.
int copy_vector(kiocb* req, const iocb& wanted) {
    const auto count = static_cast<ulong>(wanted.aio_nbytes);
    if (count > UIO_MAXIOV) return -EINVAL;
    if (count > 1) {
        auto* vector = static_cast<iovec32*>(kmalloc(count * sizeof(iovec32), GFP_KERNEL));
        if (!vector) return -ENOMEM;
        req->ki_iovec = vector;
    }
    req->ki_nr_segs = count;
    const auto* from = reinterpret_cast<const void*>(static_cast<ulong>(wanted.aio_buf));
    return copy_from_user(req->ki_iovec, from, count * sizeof(iovec32)) ? -EFAULT : 0;
}

/// Where the bytes come from or go to. 0 or -errno.
int set_buffers(kiocb* req, const iocb& wanted) {
    const bool vectored = req->ki_opcode == IOCB_CMD_PREADV || req->ki_opcode == IOCB_CMD_PWRITEV;
    if (vectored) {
        if (const int error = copy_vector(req, wanted)) return error;
    } else {
        req->ki_nr_segs = 1;
        req->ki_inline_vec = {reinterpret_cast<char*>(static_cast<ulong>(wanted.aio_buf)),
                              static_cast<size_t>(wanted.aio_nbytes)};
    }
    long total = 0;
    for (ulong i = 0; i < req->ki_nr_segs; i++) {
        const iovec32& part = req->ki_iovec[i];
        if (static_cast<long>(part.length) < 0) return -EINVAL;
        if (!access_ok(part.base, part.length)) return -EFAULT;
        if (__builtin_add_overflow(total, static_cast<long>(part.length), &total)) return -EINVAL;
    }
    return 0;
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

/// Whoever sees the event may count on the file not being in use any more.
void aio_complete(kioctx* ctx, kiocb* req, long result) {
    drop_resources(req);
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

long serve_part(kiocb* req, const iovec32& part) {
    const file_operations* op = req->ki_filp->f_op;
    return is_read(req) ? op->read(req->ki_filp, part.base, part.length, &req->ki_pos)
                        : op->write(req->ki_filp, part.base, part.length, &req->ki_pos);
}

/// Part after part until one comes short. Bytes or -errno.
long serve(kiocb* req) {
    long done = 0;
    for (ulong i = 0; i < req->ki_nr_segs; i++) {
        const long result = serve_part(req, req->ki_iovec[i]);
        if (result < 0) return done ? done : result;
        done += result;
        if (static_cast<size_t>(result) < req->ki_iovec[i].length) break;
    }
    return done;
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
    if (!req) {
        fput(filp);
        return -EAGAIN;
    }
    int error = 0;
    *req = kiocb{.ki_list = {},
                 .ki_run_list = {},
                 .ki_ctx = ctx,
                 .ki_filp = filp,
                 .ki_user = user_iocb,
                 .ki_key = 0,
                 .ki_user_data = wanted.aio_data,
                 .ki_opcode = wanted.aio_lio_opcode,
                 .ki_iovec = &req->ki_inline_vec,
                 .ki_nr_segs = 0,
                 .ki_inline_vec = {},
                 .ki_pos = wanted.aio_offset};
    if (put_user(req->ki_key, &user_iocb->aio_key)) error = -EFAULT;
    if (!error) error = check_file(req);
    if (!error) error = set_buffers(req, wanted);
    if (!error) error = enqueue(ctx, req);
    if (error) free_request(req);
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
    free_request(found);
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
        free_request(req);
    }
}

void wait_for_all_aios(kioctx* ctx) {
    wait_event(ctx->wait, is_idle(ctx));
}
