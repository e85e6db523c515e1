// SPDX-License-Identifier: GPL-2.0-or-later
// Entering the requests that are waited for in default_kioctx, and taking them out.
#include "mm/policy/built_in_request.h"

#include "fs/aio.h"
#include "kernel/sched.h"

built_in_request::built_in_request(file* filp, u16 opcode, char* buffer, size_t count, loff_t position)
    : req_{} {
    if ((filp->f_path.dentry->d_inode->i_mode & S_IFMT) != S_IFREG) return;
    kioctx* ctx = &current->active_mm->default_kioctx;
    req_.ki_ctx = ctx;
    req_.ki_filp = filp;
    req_.ki_key = KIOCB_SYNC_KEY;
    req_.ki_opcode = opcode;
    req_.ki_inline_vec = {buffer, count};
    req_.ki_iovec = &req_.ki_inline_vec;
    req_.ki_nr_segs = 1;
    req_.ki_pos = position;
    INIT_LIST_HEAD(&req_.ki_run_list);  // it has begun
    spin_guard guard(&ctx->ctx_lock);
    list_add_tail(&req_.ki_list, &ctx->active_reqs);
    ctx->reqs_active++;
}

built_in_request::~built_in_request() {
    kioctx* ctx = req_.ki_ctx;
    if (!ctx) return;
    spin_guard guard(&ctx->ctx_lock);
    list_del(&req_.ki_list);
    ctx->reqs_active--;
}
