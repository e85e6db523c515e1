// SPDX-License-Identifier: GPL-2.0-or-later
// Small system calls about the process and the machine: pids, groups, limits, usage, uname, sysinfo,
// reboot.
#include "kernel/sys.h"
#include "fs/super.h"

#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/panic.h"
#include "kernel/printk.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/swap.h"

namespace {

constexpr unsigned RLIM_NLIMITS = 16;
constexpr ulong OLD_RLIM_INFINITY = 0x7FFFFFFF;  // getrlimit (76) had signed limits

constexpr u32 REBOOT_MAGIC1 = 0xFEE1DEAD, REBOOT_MAGIC2 = 672274793;
constexpr u32 REBOOT_MAGIC2A = 85072278, REBOOT_MAGIC2B = 369367448, REBOOT_MAGIC2C = 537993216;
constexpr u32 REBOOT_CMD_CAD_OFF = 0, REBOOT_CMD_CAD_ON = 0x89ABCDEF;
constexpr u32 REBOOT_CMD_POWER_OFF = 0x4321FEDC, REBOOT_CMD_HALT = 0xCDEF0123,
              REBOOT_CMD_RESTART = 0x01234567;

enum : int { RUSAGE_SELF = 0, RUSAGE_CHILDREN = -1 };

/// Sums over the living threads of current's process.
template <class Member>
ulong sum_threads(Member member) {
    ulong sum = 0;
    const task_struct* t = current;
    do {
        sum += member(t);
        t = next_thread(t);
    } while (t != current);
    return sum;
}

rusage make_usage(ulong utime, ulong stime, ulong min_flt, ulong maj_flt) {
    rusage usage{};
    usage.ru_utime = ticks_to_timeval(utime);
    usage.ru_stime = ticks_to_timeval(stime);
    usage.ru_minflt = static_cast<long>(min_flt);
    usage.ru_majflt = static_cast<long>(maj_flt);
    return usage;
}

rusage usage_of_self() {
    const signal_struct* dead = current->signal;
    rusage usage = make_usage(dead->utime + sum_threads([](const task_struct* t) { return t->utime; }),
                              dead->stime + sum_threads([](const task_struct* t) { return t->stime; }),
                              dead->min_flt + sum_threads([](const task_struct* t) { return t->min_flt; }),
                              dead->maj_flt + sum_threads([](const task_struct* t) { return t->maj_flt; }));
    usage.ru_nvcsw = static_cast<long>(sum_threads([](const task_struct* t) { return t->nvcsw; }));
    usage.ru_nivcsw = static_cast<long>(sum_threads([](const task_struct* t) { return t->nivcsw; }));
    return usage;
}

bool valid_magic2(u32 magic) {
    return magic == REBOOT_MAGIC2 || magic == REBOOT_MAGIC2A || magic == REBOOT_MAGIC2B ||
           magic == REBOOT_MAGIC2C;
}

/// Only a process that is current or its child has a group that current may change.
task_struct* find_for_setpgid(pid_t pid) {
    task_struct* task = pid == 0 ? current->group_leader : find_task_by_pid(pid);
    if (!task || !thread_group_leader(task)) return nullptr;
    return task == current->group_leader || task->real_parent == current->group_leader ? task : nullptr;
}

}  // namespace

timeval ticks_to_timeval(ulong ticks) {
    constexpr long USEC_PER_TICK = 1000000 / HZ;
    return {static_cast<long>(ticks / HZ), static_cast<long>(ticks % HZ) * USEC_PER_TICK};
}

rusage usage_of_dead(const task_struct* leader) {
    const signal_struct* own = leader->signal;
    return make_usage(leader->utime + own->utime + own->cutime, leader->stime + own->stime + own->cstime,
                      leader->min_flt + own->min_flt + own->cmin_flt,
                      leader->maj_flt + own->maj_flt + own->cmaj_flt);
}

long sys_getpid() {
    return current->tgid;
}
long sys_gettid() {
    return current->pid;
}

long sys_getppid() {
    spin_guard guard(&tasklist_lock);
    return current->group_leader->real_parent->tgid;
}

long sys_getpgid(pid_t pid) {
    spin_guard guard(&tasklist_lock);
    const task_struct* task = pid == 0 ? current : find_task_by_pid(pid);
    return task ? task->signal->pgrp : -ESRCH;
}

long sys_getpgrp() {
    return sys_getpgid(0);
}

long sys_getsid(pid_t pid) {
    spin_guard guard(&tasklist_lock);
    const task_struct* task = pid == 0 ? current : find_task_by_pid(pid);
    return task ? task->signal->session : -ESRCH;
}

long sys_setpgid(pid_t pid, pid_t group) {
    if (group < 0) return -EINVAL;
    spin_guard guard(&tasklist_lock);
    task_struct* task = find_for_setpgid(pid);
    if (!task) return -ESRCH;
    if (task->signal->session != current->signal->session || task->signal->session == task->pid)
        return -EPERM;
    if (task != current->group_leader && !(task->flags & PF_FORKNOEXEC)) return -EACCES;
    if (group == 0) group = task->pid;
    if (group != task->pid) {
        const task_struct* first = find_task_by_pid(group);
        if (!first || first->signal->session != current->signal->session) return -EPERM;
    }
    task->signal->pgrp = group;
    return 0;
}

long sys_setsid() {
    spin_guard guard(&tasklist_lock);
    const pid_t own = current->tgid;
    task_struct* leader;
    for_each_process(leader) {
        if (leader->signal->pgrp == own) return -EPERM;  // it leads a group already
    }
    current->signal->session = current->signal->pgrp = own;
    return own;
}

long sys_set_tid_address(int* address) {
    current->clear_child_tid = address;
    return current->pid;
}

long sys_getrlimit(unsigned resource, rlimit_t* limit) {
    if (resource >= RLIM_NLIMITS) return -EINVAL;
    const signal_struct* s = current->signal;
    return put_user({s->rlim_cur[resource], s->rlim_max[resource]}, limit);
}

long sys_old_getrlimit(unsigned resource, rlimit_t* limit) {
    if (resource >= RLIM_NLIMITS) return -EINVAL;
    const signal_struct* s = current->signal;
    return put_user(
        {min(s->rlim_cur[resource], OLD_RLIM_INFINITY), min(s->rlim_max[resource], OLD_RLIM_INFINITY)},
        limit);
}

long sys_setrlimit(unsigned resource, const rlimit_t* limit) {
    rlimit_t fresh;
    if (resource >= RLIM_NLIMITS) return -EINVAL;
    if (get_user(fresh, limit)) return -EFAULT;
    if (fresh.rlim_cur > fresh.rlim_max) return -EINVAL;
    signal_struct* s = current->signal;
    if (fresh.rlim_max > s->rlim_max[resource] && current->euid != 0) return -EPERM;
    s->rlim_cur[resource] = fresh.rlim_cur;
    s->rlim_max[resource] = fresh.rlim_max;
    return 0;
}

long sys_getrusage(int who, rusage* usage) {
    const signal_struct* s = current->signal;
    rusage result;
    if (who == RUSAGE_CHILDREN) {
        result = make_usage(s->cutime, s->cstime, s->cmin_flt, s->cmaj_flt);
    } else if (who == RUSAGE_SELF) {
        spin_guard guard(&tasklist_lock);
        result = usage_of_self();
    } else {
        return -EINVAL;
    }
    return put_user(result, usage);
}

long sys_times(tms* buffer) {
    const signal_struct* s = current->signal;
    tms times;
    {
        spin_guard guard(&tasklist_lock);
        times = {static_cast<long>(s->utime + sum_threads([](const task_struct* t) { return t->utime; })),
                 static_cast<long>(s->stime + sum_threads([](const task_struct* t) { return t->stime; })),
                 static_cast<long>(s->cutime), static_cast<long>(s->cstime)};
    }
    if (buffer && put_user(times, buffer)) return -EFAULT;
    return static_cast<long>(jiffies);
}

long sys_newuname(new_utsname* name) {
    new_utsname uts{};
    strlcpy(uts.sysname, "Linux",
            sizeof(uts.sysname));  // what programs that ask expect of these system calls
    strlcpy(uts.nodename, "mmscope", sizeof(uts.nodename));
    strlcpy(uts.release, UTS_RELEASE, sizeof(uts.release));
    strlcpy(uts.version, "#1", sizeof(uts.version));
    strlcpy(uts.machine, "i686", sizeof(uts.machine));
    strlcpy(uts.domainname, "(none)", sizeof(uts.domainname));
    return put_user(uts, name);
}

long sys_sysinfo(sysinfo_t* info) {
    sysinfo_t result{};
    result.uptime = static_cast<long>(jiffies / HZ);
    result.totalram = contig_zone.present_pages;
    result.freeram = nr_free_pages();
    result.totalswap = total_swap_pages;
    result.freeswap = nr_swap_pages;
    result.procs = static_cast<u16>(nr_threads);
    result.mem_unit = PAGE_SIZE;
    return put_user(result, info);
}

/// HALT and RESTART end the machine as POWER_OFF does: there is nothing that would start it again.
long sys_reboot(u32 magic1, u32 magic2, u32 command) {
    if (current->euid != 0) return -EPERM;
    if (magic1 != REBOOT_MAGIC1 || !valid_magic2(magic2)) return -EINVAL;
    switch (command) {
        case REBOOT_CMD_CAD_OFF:
        case REBOOT_CMD_CAD_ON:
            return 0;
        case REBOOT_CMD_POWER_OFF:
        case REBOOT_CMD_HALT:
        case REBOOT_CMD_RESTART:
            shut_down_filesystems();
            printk("reboot: power off\n");
            machine_exit(0);
        default:
            return -EINVAL;
    }
}
