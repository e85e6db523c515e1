// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of the i386 system calls that this library and its programs use, and the call itself.
#pragma once

enum : long {
    __NR_exit = 1,
    __NR_fork = 2,
    __NR_read = 3,
    __NR_write = 4,
    __NR_open = 5,
    __NR_close = 6,
    __NR_execve = 11,
    __NR_chdir = 12,
    __NR_time = 13,
    __NR_lseek = 19,
    __NR_getpid = 20,
    __NR_pause = 29,
    __NR_access = 33,
    __NR_kill = 37,
    __NR_dup = 41,
    __NR_brk = 45,
    __NR_ioctl = 54,
    __NR_dup2 = 63,
    __NR_getppid = 64,
    __NR_gettimeofday = 78,
    __NR_readlink = 85,
    __NR_reboot = 88,
    __NR_munmap = 91,
    __NR_wait4 = 114,
    __NR_fsync = 118,
    __NR_clone = 120,
    __NR_uname = 122,
    __NR_mprotect = 125,
    __NR_getdents = 141,
    __NR_sched_yield = 158,
    __NR_nanosleep = 162,
    __NR_rt_sigreturn = 173,
    __NR_rt_sigaction = 174,
    __NR_rt_sigprocmask = 175,
    __NR_rt_sigpending = 176,
    __NR_rt_sigsuspend = 179,
    __NR_getcwd = 183,
    __NR_sigaltstack = 186,
    __NR_vfork = 190,
    __NR_getrlimit = 191,
    __NR_mmap2 = 192,
    __NR_stat64 = 195,
    __NR_lstat64 = 196,
    __NR_fstat64 = 197,
    __NR_getuid = 199,
    __NR_getgid = 200,
    __NR_getdents64 = 220,
    __NR_fcntl64 = 221,
    __NR_gettid = 224,
    __NR_exit_group = 252,
    __NR_clock_gettime = 265,
    __NR_tgkill = 270,
    __NR_setrlimit = 75,
};

extern "C" {
/// The bare call: what the kernel left in EAX (a value, or -errno). errno is not touched.
long __syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0);
/// The C form: -1 and errno on an error.
long syscall(long number, ...);
}
