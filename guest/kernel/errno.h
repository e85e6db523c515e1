// SPDX-License-Identifier: GPL-2.0-or-later
// Error numbers, with the values of Linux's i386 ABI.
#pragma once

enum : int {
    EPERM = 1,
    ENOENT = 2,
    ESRCH = 3,
    EINTR = 4,
    EIO = 5,
    ENXIO = 6,
    E2BIG = 7,
    ENOEXEC = 8,
    EBADF = 9,
    ECHILD = 10,
    EAGAIN = 11,
    ENOMEM = 12,
    EACCES = 13,
    EFAULT = 14,
    ENOTBLK = 15,
    EBUSY = 16,
    EEXIST = 17,
    EXDEV = 18,
    ENODEV = 19,
    ENOTDIR = 20,
    EISDIR = 21,
    EINVAL = 22,
    ENFILE = 23,
    EMFILE = 24,
    ENOTTY = 25,
    ETXTBSY = 26,
    EFBIG = 27,
    ENOSPC = 28,
    ESPIPE = 29,
    EROFS = 30,
    EMLINK = 31,
    EPIPE = 32,
    ERANGE = 34,
    ENAMETOOLONG = 36,
    ENOSYS = 38,
    ENOTEMPTY = 39,
    ELOOP = 40,
    EOVERFLOW = 75,
    EUCLEAN = 117,  // the file system on the disk is damaged
    // Inside the kernel only; do_signal turns them into a restart or into EINTR.
    ERESTARTSYS = 512,            // restart, unless a handler without SA_RESTART runs
    ERESTARTNOINTR = 513,         // always restart
    ERESTARTNOHAND = 514,         // restart only if no handler runs
    ERESTART_RESTARTBLOCK = 516,  // no handler: go on through restart_syscall
};
