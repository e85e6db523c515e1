// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of the system calls this kernel has (Linux's i386 ABI). arch/syscall.h has the convention,
// kernel/syscall_table.cpp the functions.
#pragma once

enum : unsigned {
    NR_restart_syscall = 0, NR_exit = 1, NR_fork = 2, NR_read = 3, NR_write = 4, NR_open = 5, NR_close = 6, NR_waitpid = 7,
    NR_execve = 11, NR_chdir = 12, NR_time = 13, NR_lseek = 19, NR_getpid = 20, NR_setuid = 23, NR_getuid = 24,
    NR_pause = 29, NR_access = 33, NR_sync = 36, NR_kill = 37, NR_dup = 41, NR_times = 43, NR_brk = 45, NR_setgid = 46,
    NR_getgid = 47, NR_signal = 48, NR_geteuid = 49, NR_getegid = 50, NR_ioctl = 54, NR_fcntl = 55, NR_setpgid = 57,
    NR_dup2 = 63, NR_getppid = 64, NR_getpgrp = 65, NR_setsid = 66, NR_sigaction = 67, NR_sgetmask = 68, NR_ssetmask = 69,
    NR_sigsuspend = 72, NR_sigpending = 73, NR_setrlimit = 75, NR_getrlimit = 76, NR_getrusage = 77, NR_gettimeofday = 78,
    NR_readlink = 85, NR_reboot = 88, NR_mmap = 90, NR_munmap = 91, NR_stat = 106, NR_lstat = 107, NR_fstat = 108,
    NR_wait4 = 114, NR_sysinfo = 116, NR_fsync = 118, NR_sigreturn = 119, NR_clone = 120, NR_uname = 122, NR_mprotect = 125,
    NR_sigprocmask = 126, NR_getpgid = 132, NR_fchdir = 133, NR_llseek = 140, NR_getdents = 141, NR_readv = 145,
    NR_writev = 146, NR_getsid = 147, NR_fdatasync = 148, NR_sched_yield = 158, NR_nanosleep = 162, NR_rt_sigreturn = 173,
    NR_rt_sigaction = 174, NR_rt_sigprocmask = 175, NR_rt_sigpending = 176, NR_rt_sigqueueinfo = 178,
    NR_rt_sigsuspend = 179, NR_pread64 = 180, NR_getcwd = 183, NR_sigaltstack = 186, NR_vfork = 190, NR_ugetrlimit = 191,
    NR_mmap2 = 192, NR_stat64 = 195, NR_lstat64 = 196, NR_fstat64 = 197, NR_getuid32 = 199, NR_getgid32 = 200,
    NR_geteuid32 = 201, NR_getegid32 = 202, NR_setuid32 = 213, NR_setgid32 = 214, NR_getdents64 = 220, NR_fcntl64 = 221,
    NR_gettid = 224, NR_tkill = 238, NR_set_thread_area = 243, NR_exit_group = 252,
    NR_set_tid_address = 258, NR_clock_gettime = 265, NR_clock_getres = 266, NR_tgkill = 270,
};
