// SPDX-License-Identifier: GPL-2.0-or-later
// Asynchronous requests, as io_submit(2) and io_getevents(2) lay them out on i386; reached through syscall().
#pragma once

enum {
    __NR_io_setup = 245,
    __NR_io_destroy = 246,
    __NR_io_getevents = 247,
    __NR_io_submit = 248,
    __NR_io_cancel = 249,
};

enum { IOCB_CMD_PREAD = 0, IOCB_CMD_PWRITE = 1, IOCB_CMD_PREADV = 7, IOCB_CMD_PWRITEV = 8 };

struct iocb {
    unsigned long long aio_data;  // comes back in the event
    unsigned aio_key, aio_reserved1;
    unsigned short aio_lio_opcode;  // IOCB_CMD_*
    short aio_reqprio;
    unsigned aio_fildes;
    unsigned long long aio_buf, aio_nbytes;
    long long aio_offset;
    unsigned long long aio_reserved2;
    unsigned aio_flags, aio_resfd;
};

struct io_event {
    unsigned long long data, obj;  // the request's aio_data, and where the request stands
    long long res, res2;           // bytes, or -errno
};
