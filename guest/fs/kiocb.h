// SPDX-License-Identifier: GPL-2.0-or-later
// A request to read or write a file (MM_FACTS 4.30).
#pragma once

#include "fs/fs.h"

struct iocb;
struct kioctx;

constexpr u32 KIOCB_SYNC_KEY = ~0u;  // ki_key of a request that its own task waits for

/// From io_submit until its event; or as long as a call lasts (mm/policy/built_in_request.h).
struct kiocb {
    list_head ki_list;      // in kioctx::active_reqs
    list_head ki_run_list;  // in kioctx::run_list until it begins, then empty
    kioctx* ki_ctx;
    file* ki_filp;  // a reference
    iocb* ki_user;  // where the program has it
    u32 ki_key;
    u64 ki_user_data;
    u16 ki_opcode;
    iovec32* ki_iovec;  // the request's own: ki_inline_vec, or from kmalloc
    ulong ki_nr_segs;
    iovec32 ki_inline_vec;
    loff_t ki_pos;
};
