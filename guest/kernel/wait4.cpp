// SPDX-License-Identifier: GPL-2.0-or-later
// wait4 and waitpid: a parent learns how its children ended, and the dead disappear.
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "kernel/rusage.h"

namespace {

enum : unsigned {
    WNOHANG = 1,
    WUNTRACED = 2,
    WCONTINUED = 8,
    WNOTHREAD = 0x20000000,
    WALL = 0x40000000,
    WCLONE = 0x80000000
};
constexpr unsigned KNOWN_OPTIONS = WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE;

/// Does the caller of wait mean this child? pid > 0: that one; 0: the caller's process group; -1: any; less:
/// that group.
bool eligible_child(const task_struct* child, pid_t pid, unsigned options) {
    if (pid > 0 && child->pid != pid) return false;
    if (pid == 0 && child->signal->pgrp != current->signal->pgrp) return false;
    if (pid < -1 && child->signal->pgrp != -pid) return false;
    const bool clone_child = child->exit_signal != SIGCHLD;
    return (options & WALL) || clone_child == ((options & WCLONE) != 0);
}

struct wait_result {
    pid_t pid;
    int status;
    rusage usage;
};

/// The dead child's times and faults become the parent's "of waited-for children".
void account_child(signal_struct* parent, const task_struct* child) {
    const signal_struct* own = child->signal;
    parent->cutime += child->utime + own->utime + own->cutime;
    parent->cstime += child->stime + own->stime + own->cstime;
    parent->cmin_flt += child->min_flt + own->min_flt + own->cmin_flt;
    parent->cmaj_flt += child->maj_flt + own->maj_flt + own->cmaj_flt;
}

enum class Found { None, Living, Dead };

/// Looks once through the children. A dead one is taken: out of *victim, for release_task.
Found take_dead_child(pid_t pid, unsigned options, task_struct** victim, wait_result* result) {
    spin_guard guard(&tasklist_lock);
    Found found = Found::None;
    task_struct* child;
    list_for_each_entry(child, &current->group_leader->children, sibling) {
        if (child->exit_state == EXIT_DEAD || !eligible_child(child, pid, options)) continue;
        found = Found::Living;
        if (child->exit_state != EXIT_ZOMBIE || !list_empty(&child->thread_group)) continue;
        child->exit_state = EXIT_DEAD;
        const signal_struct* shared = child->signal;
        result->pid = child->pid;
        result->status = shared->group_exit ? shared->group_exit_code : child->exit_code;
        result->usage = usage_of_dead(child);
        account_child(current->signal, child);
        *victim = child;
        return Found::Dead;
    }
    return found;
}

/// The pid of a child that ended; 0: none yet (WNOHANG); or -errno.
long do_wait(pid_t pid, unsigned options, wait_result* result) {
    wait_queue_head_t* queue = &current->group_leader->wait_chldexit;
    wait_queue_t wait{};
    task_struct* victim = nullptr;
    long error = 0;
    for (;;) {
        prepare_to_wait(queue, &wait, TASK_INTERRUPTIBLE);
        const Found found = take_dead_child(pid, options, &victim, result);
        if (found == Found::Dead) break;
        if (found == Found::None)
            error = -ECHILD;
        else if (options & WNOHANG)
            result->pid = 0;
        else if (signal_pending(current))
            error = -ERESTARTSYS;
        else {
            schedule();
            continue;
        }
        break;
    }
    finish_wait(queue, &wait);
    if (victim) release_task(victim);
    return error ? error : result->pid;
}

}  // namespace

long sys_wait4(pid_t pid, int* status, unsigned options, rusage* usage) {
    if (options & ~KNOWN_OPTIONS) return -EINVAL;
    wait_result result{};
    const long found = do_wait(pid, options, &result);
    if (found <= 0) return found;
    if (status && put_user(result.status, status)) return -EFAULT;
    if (usage && put_user(result.usage, usage)) return -EFAULT;
    return found;
}

long sys_waitpid(pid_t pid, int* status, unsigned options) {
    return sys_wait4(pid, status, options, nullptr);
}
