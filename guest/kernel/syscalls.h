// SPDX-License-Identifier: GPL-2.0-or-later
// System calls of kernel/fork.cpp, exec.cpp, exit.cpp, wait4.cpp, sched.cpp and sys_time.cpp, for the table.
#pragma once

#include "arch/ptrace.h"
#include "kernel/rusage.h"

long sys_fork(pt_regs* regs);
long sys_vfork(pt_regs* regs);
long sys_clone(pt_regs* regs);
long sys_execve(pt_regs* regs);
long sys_exit(int code);
long sys_exit_group(int code);
long sys_waitpid(pid_t pid, int* status, unsigned options);
long sys_wait4(pid_t pid, int* status, unsigned options, rusage* usage);
long sys_sched_yield();
long sys_restart_syscall();
long sys_nanosleep(const timespec* request, timespec* remaining);
long sys_time(long* seconds);
long sys_gettimeofday(timeval* now, void* timezone);
long sys_clock_gettime(long clock, timespec* now);
long sys_clock_getres(long clock, timespec* resolution);
