// SPDX-License-Identifier: GPL-2.0-or-later
// Entering, finding and removing AIO contexts.
#include "mm/policy/ioctx_hlist.h"

#include "fs/aio.h"
#include "mm/audit.h"

void ioctx_hlist::add(kioctx* ctx) {
    spin_guard guard(&ctx->mm->ioctx_lock);
    hlist_add_head(&ctx->list, &ctx->mm->ioctx_list);
}

bool ioctx_hlist::remove(kioctx* ctx) {
    spin_guard guard(&ctx->mm->ioctx_lock);
    if (!ctx->list.pprev) return false;
    hlist_del(&ctx->list);
    return true;
}

kioctx* ioctx_hlist::find(mm_struct* mm, ulong handle) {
    spin_guard guard(&mm->ioctx_lock);
    for (hlist_node* node = mm->ioctx_list.first; node; node = node->next) {
        auto* ctx = list_entry(node, kioctx, list);
        if (ctx->user_id != handle || ctx->dead) continue;
        atomic_inc(&ctx->users);
        return ctx;
    }
    return nullptr;
}

kioctx* ioctx_hlist::first(mm_struct* mm) {
    spin_guard guard(&mm->ioctx_lock);
    hlist_node* node = mm->ioctx_list.first;
    if (!node) return nullptr;
    auto* ctx = list_entry(node, kioctx, list);
    atomic_inc(&ctx->users);
    return ctx;
}

#ifdef CONFIG_DEBUG_VM

ulong ioctx_hlist::validate(mm_struct* mm) {
    spin_guard guard(&mm->ioctx_lock);
    const ulong length = checked_length(mm, &mm->ioctx_list, "INV-43");
    for (hlist_node* node = mm->ioctx_list.first; node; node = node->next) {
        const auto* ctx = list_entry(node, kioctx, list);
        require_equal("INV-43", mm, "mm of an AIO context", reinterpret_cast<ulong>(ctx->mm),
                      reinterpret_cast<ulong>(mm));
        require(atomic_read(&ctx->users) >= 1, "INV-43", mm, "users of an AIO context",
                static_cast<ulong>(atomic_read(&ctx->users)), 1);
        require(!ctx->dead, "INV-43", mm, "dead AIO context", reinterpret_cast<ulong>(ctx), 0);
    }
    return length;
}

#endif
