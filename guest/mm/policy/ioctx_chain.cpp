// SPDX-License-Identifier: GPL-2.0-or-later
// Entering, finding and removing AIO contexts.
#include "mm/policy/ioctx_chain.h"

#include "fs/kiocb.h"
#include "lib/string.h"
#include "mm/audit.h"

namespace {

/// The built-in context of `mm`. It is part of the space, so it has no reference to it.
void reset(kioctx* ctx, mm_struct* mm) {
    memset(ctx, 0, sizeof *ctx);
    atomic_set(&ctx->users, 1);
    ctx->mm = mm;
    init_waitqueue_head(&ctx->wait);
    spin_lock_init(&ctx->ctx_lock);
    INIT_LIST_HEAD(&ctx->active_reqs);
    INIT_LIST_HEAD(&ctx->run_list);
}

}  // namespace

void ioctx_chain::init(mm_struct* mm) {
    rwlock_init(&mm->ioctx_list_lock);
    mm->ioctx_list = nullptr;
    reset(&mm->default_kioctx, mm);
}

void ioctx_chain::add(kioctx* ctx) {
    write_guard guard(&ctx->mm->ioctx_list_lock);
    ctx->next = ctx->mm->ioctx_list;
    ctx->mm->ioctx_list = ctx;
}

bool ioctx_chain::remove(kioctx* ctx) {
    write_guard guard(&ctx->mm->ioctx_list_lock);
    kioctx** link = &ctx->mm->ioctx_list;
    while (*link && *link != ctx)
        link = &(*link)->next;
    if (!*link) return false;
    *link = ctx->next;
    return true;
}

kioctx* ioctx_chain::find(mm_struct* mm, ulong handle) {
    read_guard guard(&mm->ioctx_list_lock);
    for (kioctx* ctx = mm->ioctx_list; ctx; ctx = ctx->next) {
        if (ctx->user_id != handle || ctx->dead) continue;
        atomic_inc(&ctx->users);
        return ctx;
    }
    return nullptr;
}

kioctx* ioctx_chain::first(mm_struct* mm) {
    read_guard guard(&mm->ioctx_list_lock);
    kioctx* ctx = mm->ioctx_list;
    if (ctx) atomic_inc(&ctx->users);
    return ctx;
}

#ifdef CONFIG_DEBUG_VM

namespace {

ulong at(const void* object) {
    return reinterpret_cast<ulong>(object);
}

void validate_built_in(mm_struct* mm) {
    kioctx* ctx = &mm->default_kioctx;
    require_equal("INV-43", mm, "mm of the built-in AIO context", at(ctx->mm), at(mm));
    spin_guard guard(&ctx->ctx_lock);
    ulong requests = 0;
    kiocb* req;
    list_for_each_entry(req, &ctx->active_reqs, ki_list) {
        require_equal("INV-43", mm, "context of a request that is waited for", at(req->ki_ctx), at(ctx));
        requests++;
    }
    require_equal("INV-43", mm, "reqs_active of the built-in AIO context", ctx->reqs_active, requests);
    require(!requests || atomic_read(&mm->mm_users), "INV-43", mm, "requests of a dead space", requests, 0);
}

}  // namespace

ulong ioctx_chain::validate(mm_struct* mm) {
    validate_built_in(mm);
    read_guard guard(&mm->ioctx_list_lock);
    ulong length = 0;
    for (const kioctx* ctx = mm->ioctx_list; ctx; ctx = ctx->next) {
        require_equal("INV-43", mm, "mm of an AIO context", at(ctx->mm), at(mm));
        require(atomic_read(&ctx->users) >= 1, "INV-43", mm, "users of an AIO context",
                static_cast<ulong>(atomic_read(&ctx->users)), 1);
        require(!ctx->dead, "INV-43", mm, "dead AIO context", at(ctx), 0);
        length++;
    }
    return length;
}

#endif
