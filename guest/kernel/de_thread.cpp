// SPDX-License-Identifier: GPL-2.0-or-later
// exec in a process with threads: the others die, and whoever called exec becomes the process.
#include "kernel/errno.h"
#include "kernel/process.h"

namespace {

/// True if only current, and the leader as a zombie, are left.
bool others_are_gone() {
    task_struct* leader = current->group_leader;
    spin_guard guard(&tasklist_lock);
    if (leader == current) return atomic_read(&current->signal->count) == 1;
    return atomic_read(&current->signal->count) == 2 && leader->exit_state == EXIT_ZOMBIE;
}

/// Kills the other threads and sleeps until they are released (a leader: until it is a zombie).
int wait_for_others() {
    signal_struct* shared = current->signal;
    {
        spin_guard_irq guard(&current->sighand->siglock);
        if (shared->group_exit || shared->group_exec_task) return -EAGAIN;
        shared->group_exec_task = current;
        zap_other_threads();
    }
    for (;;) {
        current->state = TASK_UNINTERRUPTIBLE;  // exit_signal_of and exit_notify wake us
        if (others_are_gone()) break;
        schedule();
    }
    current->state = TASK_RUNNING;
    return 0;
}

void replace(list_head* old, list_head* fresh) {
    list_add(fresh, old);
    list_del_init(old);
}

/// current takes the dead leader's place: its pid, its children, its place among its parent's children.
void take_leaders_place() {
    task_struct* leader = current->group_leader;
    {
        spin_guard guard(&tasklist_lock);
        detach_pid(leader);
        detach_pid(current);
        const pid_t own = current->pid;
        current->pid = leader->pid;
        leader->pid = own;
        attach_pid(leader);
        attach_pid(current);

        replace(&leader->tasks, &current->tasks);
        replace(&leader->sibling, &current->sibling);
        task_struct *child, *ahead;
        list_for_each_entry_safe(child, ahead, &leader->children, sibling) {
            child->real_parent = current;
            for (task_struct* t = next_thread(child); t != child; t = next_thread(t))
                t->real_parent = current;
            list_move_tail(&child->sibling, &current->children);
        }
        current->group_leader = leader->group_leader = current;
        current->start_time = leader->start_time;
        current->exit_signal = SIGCHLD;
        leader->exit_state = EXIT_DEAD;
    }
    release_task(leader);
}

/// Handlers that another process shares (CLONE_SIGHAND without CLONE_THREAD) are copied.
int own_handlers() {
    sighand_struct* shared = current->sighand;
    if (atomic_read(&shared->count) == 1) return 0;
    sighand_struct* copy = dup_sighand();
    if (!copy) return -ENOMEM;
    {
        spin_guard guard(&tasklist_lock);  // who sends signals found us under it
        current->sighand = copy;
    }
    put_sighand(shared);
    return 0;
}

}  // namespace

int de_thread() {
    if (!list_empty(&current->thread_group)) {
        if (const int error = wait_for_others()) return error;
        if (current != current->group_leader) take_leaders_place();
        spin_guard_irq guard(&current->sighand->siglock);
        current->signal->group_exec_task = nullptr;
    }
    return own_handlers();
}
