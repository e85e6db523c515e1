// SPDX-License-Identifier: GPL-2.0-or-later
// Editions without asynchronous input and output: the calls are unknown, and no space has contexts.
#include "fs/aio.h"
#include "kernel/errno.h"

long sys_io_setup(unsigned, ulong*) {
    return -ENOSYS;
}
long sys_io_destroy(ulong) {
    return -ENOSYS;
}
long sys_io_getevents(ulong, long, long, io_event*, timespec*) {
    return -ENOSYS;
}
long sys_io_submit(ulong, long, iocb**) {
    return -ENOSYS;
}
long sys_io_cancel(ulong, iocb*, io_event*) {
    return -ENOSYS;
}
void aio_init() {}
void exit_aio(mm_struct*) {}
