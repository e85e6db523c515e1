// SPDX-License-Identifier: GPL-2.0-or-later
// Asynchronous input and output: contexts of an address space, their requests, and the ring of events that
// the program shares with the kernel (MM_FACTS 3.9, 4.30; the structures are those of <linux/aio_abi.h>).
#pragma once

#include "kioctx.h"  // the edition's: guest/mm/editions/VERSION
#include "mm/mm_types.h"

enum : u16 {
    IOCB_CMD_PREAD = 0,
    IOCB_CMD_PWRITE = 1,
    IOCB_CMD_FSYNC = 2,
    IOCB_CMD_FDSYNC = 3,
    IOCB_CMD_PREADV = 7,  // aio_buf: the vector, aio_nbytes: how many parts it has
    IOCB_CMD_PWRITEV = 8
};

/// A request as the program writes it.
struct iocb {
    u64 aio_data;  // comes back in the event
    u32 aio_key;   // written by the kernel
    u32 aio_reserved1;
    u16 aio_lio_opcode;
    short aio_reqprio;
    u32 aio_fildes;
    u64 aio_buf, aio_nbytes;
    loff_t aio_offset;
    u64 aio_reserved2;
    u32 aio_flags, aio_resfd;
};
static_assert(sizeof(iocb) == 64 || sizeof(void*) == 8);
struct io_event {
    u64 data;  // aio_data
    u64 obj;   // user address of the iocb
    long long res, res2;
};
static_assert(sizeof(io_event) == 32);

/// The head of the ring, in the program's memory: its contents are the program's word, not to be trusted.
struct aio_ring {
    u32 id, nr;      // events there is room for
    u32 head, tail;  // first event that was not yet taken / first free place
    u32 magic, compat_features, incompat_features, header_length;
};
constexpr u32 AIO_RING_MAGIC = 0xA10A10A1;
constexpr unsigned AIO_MAX_NR = 65536;  // events of all contexts together

struct timespec;
long sys_io_setup(unsigned nr_events, ulong* handle);
long sys_io_destroy(ulong handle);
long sys_io_getevents(ulong handle, long min_nr, long nr, io_event* events, timespec* timeout);
long sys_io_submit(ulong handle, long nr, iocb** requests);
long sys_io_cancel(ulong handle, iocb* request, io_event* result);
/// The end of an address space, before its areas go: every context of it ends.
void exit_aio(mm_struct* mm);
/// Boot: the thread that serves requests.
void aio_init();
