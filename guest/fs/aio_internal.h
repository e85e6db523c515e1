// SPDX-License-Identifier: GPL-2.0-or-later
// What the parts of asynchronous input and output share: contexts with their rings, and requests.
#pragma once

#include "fs/aio.h"
#include "fs/kiocb.h"

// aio_ring.cpp
/// Maps a ring for the context's max_reqs and pins its frames. 0 or -errno, then nothing is left.
int aio_setup_ring(kioctx* ctx);
/// Unmaps and unpins. The mm is still there.
void aio_free_ring(kioctx* ctx);
/// Places that no event and no request has taken. ctx_lock held.
unsigned aio_ring_free_places(const kioctx* ctx);
/// ctx_lock held.
void aio_put_event(kioctx* ctx, const io_event& event);
bool aio_has_event(const kioctx* ctx);
/// True if there was one.
bool aio_read_evt(kioctx* ctx, io_event* event);

// aio_request.cpp
/// Starts one request. 0 or -errno.
int io_submit_one(kioctx* ctx, iocb* user_iocb, const iocb& wanted);
/// What has not begun never will. No new requests from now on.
void aio_cancel_all(kioctx* ctx);
/// Until every request that has begun has its event and the worker has left the context.
void wait_for_all_aios(kioctx* ctx);
/// Takes back a request that has not begun: 0, with its event. -EAGAIN: too late. -EINVAL: there is none.
int aio_cancel_one(kioctx* ctx, const iocb* user_iocb, u32 key, io_event* result);
/// The work function of a context: serves its run_list inside its address space.
void aio_kick_handler(work_struct* work);
