// SPDX-License-Identifier: GPL-2.0-or-later
// The end of tasks: giving back what they hold, orphans, the message to the parent, and the final release.
#include "arch/traps.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/panic.h"
#include "kernel/printk.h"
#include "kernel/process.h"
#include "mm/mm.h"

namespace {

bool thread_group_empty(const task_struct* task) {
    return list_empty(&task->thread_group);
}

/// The fields of a SIGCHLD that tell how `task` ended.
siginfo_t child_info(const task_struct* task) {
    siginfo_t info{};
    info.si_signo = task->exit_signal;
    info.sigchld.pid = task->pid;
    info.sigchld.uid = task->uid;
    info.sigchld.utime = static_cast<long>(task->utime + task->signal->utime);
    info.sigchld.stime = static_cast<long>(task->stime + task->signal->stime);
    const int signal = task->exit_code & 0x7F;
    info.si_code = !signal ? CLD_EXITED : task->exit_code & CORE_DUMPED ? CLD_DUMPED : CLD_KILLED;
    info.sigchld.status = signal ? signal : task->exit_code >> 8;
    return info;
}

/// A parent that ignores SIGCHLD, or says so by SA_NOCLDWAIT, never waits; neither does the idle task.
bool nobody_waits(task_struct* parent, int signal) {
    if (parent == &init_task || signal == -1) return true;
    const k_sigaction* action = &parent->sighand->action[SIGCHLD - 1];
    return signal == SIGCHLD && (action->handler == SIG_IGN || (action->flags & SA_NOCLDWAIT));
}

/// The message for a whole process that is dead. EXIT_ZOMBIE waits for the parent; EXIT_DEAD is for the
/// caller to release.
void announce_death(task_struct* leader) {
    leader->exit_state = EXIT_ZOMBIE;
    if (do_notify_parent(leader)) leader->exit_state = EXIT_DEAD;
}

/// The children of a dead process go to pid 1. Those that nobody waits for are linked into `dead` by their
/// `sibling`.
void forget_children(task_struct* father, list_head* dead) {
    task_struct* reaper = child_reaper();
    task_struct *child, *ahead;
    list_for_each_entry_safe(child, ahead, &father->children, sibling) {
        child->real_parent = reaper;
        child->exit_signal = SIGCHLD;
        for (task_struct* t = next_thread(child); t != child; t = next_thread(t))
            t->real_parent = reaper;
        list_move_tail(&child->sibling, &reaper->children);
        if (child->exit_state != EXIT_ZOMBIE || !thread_group_empty(child)) continue;
        announce_death(child);
        if (child->exit_state == EXIT_DEAD) list_move_tail(&child->sibling, dead);
    }
}

/// Everybody who has to know that `task` is dead. Afterwards its state is final.
void exit_notify(task_struct* task, bool group_dead) {
    list_head dead = LIST_HEAD_INIT(dead);
    bool release_self;  // once the lock is free, the parent may turn a zombie into EXIT_DEAD itself
    {
        spin_guard guard(&tasklist_lock);
        if (group_dead) forget_children(task->group_leader, &dead);
        if (!thread_group_leader(task)) {
            task->exit_state = EXIT_DEAD;
        } else if (thread_group_empty(task)) {
            announce_death(task);
        } else {
            task->exit_state = EXIT_ZOMBIE;  // the last of the other threads announces the process
        }
        release_self = task->exit_state == EXIT_DEAD;
        task_struct* in_exec = task->signal->group_exec_task;
        if (in_exec && thread_group_leader(task)) wake_up_process(in_exec);
    }
    task_struct *child, *ahead;
    list_for_each_entry_safe(child, ahead, &dead, sibling) release_task(child);
    if (release_self) release_task(task);
}

/// Pid 1 is gone with all its threads: the machine has nothing left to do.
[[noreturn]] void exit_of_init(int code) {
    const int signal = code & 0x7F;
    if (signal) panic("Attempted to kill init! signal %d", signal);
    const int status = code >> 8 & 0xFF;
    shut_down_filesystems();
    printk("init exited with status %d: power off\n", status);
    machine_exit(static_cast<u32>(status));
}

/// No further signal is taken by this thread; what its process was sent goes to a thread that lives on.
void stop_taking_signals(task_struct* task) {
    spin_guard_irq guard(&task->sighand->siglock);
    task->flags |= PF_EXITING;
    if (!task->signal->shared_pending.signal) return;
    for (task_struct* t = next_thread(task); t != task; t = next_thread(t)) {
        if (!(t->flags & PF_EXITING) && (task->signal->shared_pending.signal & ~t->blocked))
            signal_wake_up(t);
    }
}

/// True if this was the last thread that had not exited; then `code` is the process's, unless a group exit
/// gave one.
bool leave_group(task_struct* task, long code) {
    task->exit_code = static_cast<int>(code);
    return atomic_dec_and_test(&task->signal->live);
}

}  // namespace

task_struct* child_reaper() {
    task_struct* init = find_task_by_pid(1);
    if (!init) panic("%s: a process died before init was made", __func__);
    return init;
}

bool do_notify_parent(task_struct* task) {
    assert_spin_locked(&tasklist_lock);
    task_struct* parent = task->real_parent;
    const bool autoreap = nobody_waits(parent, task->exit_signal);
    int signal = task->exit_signal;
    if (signal == SIGCHLD && parent->sighand->action[SIGCHLD - 1].handler == SIG_IGN) signal = 0;
    if (signal > 0 && parent != &init_task) {
        const siginfo_t info = child_info(task);
        group_send_sig_info(signal, &info, parent);
    }
    wake_up_all(&parent->wait_chldexit);
    return autoreap;
}

void release_task(task_struct* task) {
    while (task) {
        task_struct* leader = task->group_leader;
        bool release_leader = false;
        {
            spin_guard guard(&tasklist_lock);
            exit_signal_of(task);
            detach_pid(task);
            nr_threads--;
            if (task == leader) {
                list_del_init(&task->tasks);
                list_del_init(&task->sibling);
            } else if (leader->exit_state == EXIT_ZOMBIE && thread_group_empty(leader)) {
                announce_death(leader);
                release_leader = leader->exit_state == EXIT_DEAD;
            }
        }
        free_pid(task->pid);
        put_task_struct(task);
        task = release_leader ? leader : nullptr;
    }
}

void do_exit(long code) {
    task_struct* task = current;
    if (in_interrupt()) panic("do_exit: killing an interrupt handler");
    if (task->pid == 0) panic("do_exit: killing the idle task");
    if (task->flags &
        PF_EXITING) {  // a fault on this very path: it may hold anything, so it never runs again
        printk("do_exit: %s[%d] faulted while exiting\n", task->comm, task->pid);
        for (;;) {
            task->state = TASK_UNINTERRUPTIBLE;
            schedule();
        }
    }
    stop_taking_signals(task);
    const bool group_dead = leave_group(task, code);
    if (group_dead && task->tgid == 1)
        exit_of_init(task->signal->group_exit ? task->signal->group_exit_code : task->exit_code);
    exit_mm(task);
    exit_files(task);
    exit_fs(task);
    exit_notify(task, group_dead);
    local_irq_disable();  // from here to the switch nothing may come between
    task->state = TASK_DEAD;
    schedule();
    BUG();
}

void do_group_exit(int code) {
    signal_struct* shared = current->signal;
    {
        spin_guard_irq guard(&current->sighand->siglock);
        if (shared->group_exit || shared->group_exec_task) {
            if (shared->group_exit) code = shared->group_exit_code;
        } else {
            shared->group_exit = true;
            shared->group_exit_code = code;
            zap_other_threads();
        }
    }
    do_exit(code);
}

[[noreturn]] long sys_exit(int code) {
    do_exit((code & 0xFF) << 8);
}

[[noreturn]] long sys_exit_group(int code) {
    do_group_exit((code & 0xFF) << 8);
}
