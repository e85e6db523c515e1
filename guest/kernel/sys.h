// SPDX-License-Identifier: GPL-2.0-or-later
// System calls about the process and the machine, for the table, with the structures they exchange (i386
// ABI).
#pragma once

#include "kernel/rusage.h"
#include "lib/types.h"

struct rlimit_t {
    ulong rlim_cur, rlim_max;
};
struct tms {
    long tms_utime, tms_stime, tms_cutime, tms_cstime;  // ticks
};
struct new_utsname {
    char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};
struct sysinfo_t {
    long uptime;  // seconds
    ulong loads[3];
    ulong totalram, freeram, sharedram, bufferram, totalswap, freeswap;  // in mem_unit
    u16 procs, pad;
    ulong totalhigh, freehigh;
    unsigned mem_unit;
    char reserved[8];
};
static_assert(sizeof(sysinfo_t) == 64);

long sys_getpid();
long sys_gettid();
long sys_getppid();
long sys_getpgid(pid_t pid);
long sys_getpgrp();
long sys_getsid(pid_t pid);
long sys_setpgid(pid_t pid, pid_t group);
long sys_setsid();
long sys_set_tid_address(int* address);
long sys_getrlimit(unsigned resource, rlimit_t* limit);
long sys_old_getrlimit(unsigned resource, rlimit_t* limit);
long sys_setrlimit(unsigned resource, const rlimit_t* limit);
long sys_getrusage(int who, rusage* usage);
long sys_times(tms* buffer);
long sys_newuname(new_utsname* name);
long sys_sysinfo(sysinfo_t* info);
long sys_prctl(int option, ulong argument);
long sys_reboot(u32 magic1, u32 magic2, u32 command);
