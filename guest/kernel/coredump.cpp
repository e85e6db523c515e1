// SPDX-License-Identifier: GPL-2.0-or-later
// Stopping everybody who uses an address space, writing its core file, letting them go (MM_FACTS 4.26).
#include "kernel/coredump.h"

#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/binfmts.h"
#include "kernel/errno.h"
#include "kernel/process.h"
#include "lib/string.h"

namespace {

/// Every other thread of `start`'s process that still has its mm. siglock held.
int zap_process(task_struct* start, int exit_code) {
    assert_spin_locked(&start->sighand->siglock);
    start->signal->group_exit = true;
    start->signal->group_exit_code = exit_code;
    int killed = 0;
    task_struct* thread = start;
    do {
        if (thread != current && thread->mm) {
            thread->pending.signal |= sigmask(SIGKILL);
            signal_wake_up(thread);
            killed++;
        }
        thread = next_thread(thread);
    } while (thread != start);
    return killed;
}

/// The processes that share the mm without being threads of this one (vfork, CLONE_VM).
int zap_sharers(const mm_struct* mm, int exit_code) {
    int killed = 0;
    spin_guard tasks(&tasklist_lock);
    task_struct* leader;
    for_each_process(leader) {
        if (leader == current->group_leader || (leader->flags & PF_KTHREAD)) continue;
        task_struct* thread = leader;
        do {
            if (thread->mm == mm) {
                spin_guard_irq guard(&thread->sighand->siglock);
                killed += zap_process(thread, exit_code);
                break;
            }
            thread = next_thread(thread);
        } while (thread != leader);
    }
    return killed;
}

/// How many tasks must stop, or -EAGAIN: the process ends or changes its program already. Nobody leaves the
/// mm unseen: exit_mm needs mmap_sem, which is held for writing.
int zap_threads(mm_struct* mm, core_state* state, int exit_code) {
    assert_held_write(&mm->mmap_sem);
    int killed;
    {
        spin_guard_irq guard(&current->sighand->siglock);
        if (current->signal->group_exit || current->signal->group_exec_task) return -EAGAIN;
        mm->core_state = state;
        killed = zap_process(current, exit_code);
    }
    if (atomic_read(&mm->mm_users) != killed + 1) killed += zap_sharers(mm, exit_code);
    atomic_set(&state->nr_threads, killed);
    return killed;
}

/// The others are gone from the mm when this returns; mmap_sem was given up. Their number or -EAGAIN.
int coredump_wait(mm_struct* mm, core_state* state, int exit_code) {
    init_completion(&state->startup);
    state->dumper = {current, nullptr};
    const int waiters = zap_threads(mm, state, exit_code);
    up_write(&mm->mmap_sem);
    if (waiters < 0) return waiters;
    if (completion* vfork_done = current->vfork_done) {  // the parent is among those who must stop
        current->vfork_done = nullptr;
        complete(vfork_done);
    }
    if (waiters) wait_for_completion(&state->startup);
    return waiters;
}

void coredump_finish(mm_struct* mm) {
    down_write(&mm->mmap_sem);
    core_thread* next = mm->core_state->dumper.next;
    mm->core_state = nullptr;
    up_write(&mm->mmap_sem);
    while (next) {
        task_struct* waiting = next->task;
        core_thread* following = next->next;  // the thread's stack is its own again as soon as it is told
        next->task = nullptr;
        wake_up_process(waiting);
        next = following;
    }
}

/// "core", or "core.PID" if others shared the memory. The file, for writing and empty, or null.
file* open_core_file(int waiters, bool as_root) {
    char name[32];
    if (waiters) {
        snprintf(name, sizeof name, "core.%d", current->tgid);
    } else {
        strlcpy(name, "core", sizeof name);
    }
    const unsigned exclusive = as_root ? +O_EXCL : 0u;
    file* filp = filp_open(name, O_CREAT | O_RDWR | O_NOFOLLOW | O_TRUNC | exclusive, 0600);
    if (IS_ERR(filp)) return nullptr;
    const inode* node = filp->f_path.dentry->d_inode;
    if ((node->i_mode & S_IFMT) == S_IFREG && filp->f_op->write) return filp;
    fput(filp);
    return nullptr;
}

bool write_core(int waiters, int signal, const siginfo_t* info, pt_regs* regs) {
    const linux_binfmt* format = current->mm->binfmt;
    const ulong limit = current->signal->rlim_cur[RLIMIT_CORE];
    if (limit < format->min_coredump) return false;
    const bool as_root = get_dumpable(current->mm) == 2;
    if (as_root) current->fsuid = 0;  // the file is not for whom the program acted for
    file* filp = open_core_file(waiters, as_root);
    if (!filp) return false;
    core_writer out{.filp = filp, .limit = limit, .position = 0, .gap = false};
    const bool written = format->core_dump(signal, info, regs, &out);
    fput(filp);
    return written;
}

}  // namespace

bool core_writer::write(const void* bytes, ulong count) {
    if (position + count > limit) return false;
    loff_t at = static_cast<loff_t>(position);
    kernel_buffers in_use;
    const long written = filp->f_op->write(filp, static_cast<const char*>(bytes), count, &at);
    if (written != static_cast<long>(count)) return false;
    position += count;
    gap = false;
    return true;
}

bool core_writer::skip(ulong count) {
    if (position + count > limit) return false;
    position += count;
    gap = true;
    return true;
}

bool core_writer::finish() {
    if (!gap) return true;
    position--;
    return write("", 1);
}

void do_coredump(int signal, const siginfo_t* info, pt_regs* regs) {
    mm_struct* mm = current->mm;
    if (!mm || !mm->binfmt || !mm->binfmt->core_dump) return;
    down_write(&mm->mmap_sem);
    if (mm->core_state || !get_dumpable(mm)) {
        up_write(&mm->mmap_sem);
        return;
    }
    core_state state{};
    const int waiters = coredump_wait(mm, &state, signal);
    if (waiters < 0) return;
    current->sigpending_flag = false;  // writing is not to be cut short
    if (write_core(waiters, signal, info, regs)) current->signal->group_exit_code |= CORE_DUMPED;
    coredump_finish(mm);
}

void wait_for_core_dump(mm_struct* mm) {
    core_state* state = mm->core_state;
    if (!state) return;
    up_read(&mm->mmap_sem);
    core_thread self{current, nullptr};
    self.next = __atomic_exchange_n(&state->dumper.next, &self, __ATOMIC_SEQ_CST);
    if (atomic_dec_and_test(&state->nr_threads)) complete(&state->startup);
    for (;;) {
        current->state = TASK_UNINTERRUPTIBLE;
        if (!__atomic_load_n(&self.task, __ATOMIC_SEQ_CST)) break;
        schedule();
    }
    current->state = TASK_RUNNING;
    down_read(&mm->mmap_sem);
}
