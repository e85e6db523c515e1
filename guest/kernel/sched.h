// SPDX-License-Identifier: GPL-2.0-or-later
// Tasks and the scheduler. The task list, current_task and init_task are what the host's decoder starts from.
#pragma once

#include "arch/processor.h"
#include "arch/ptrace.h"
#include "kernel/signal.h"
#include "kernel/spinlock.h"
#include "kernel/wait.h"
#include "lib/list.h"
#include "mm/mm_types.h"

struct fs_struct;
struct files_struct;
struct linux_binfmt;

enum : long {
    TASK_RUNNING = 0,
    TASK_INTERRUPTIBLE = 1,
    TASK_UNINTERRUPTIBLE = 2,
    EXIT_ZOMBIE = 16,
    EXIT_DEAD = 32,
    TASK_DEAD = 64
};
enum : ulong {
    PF_EXITING = 0x4,
    PF_FORKNOEXEC = 0x40,
    PF_SIGNALED = 0x400,
    PF_MEMALLOC = 0x800,  // makes memory free: may use the whole reserve
    PF_MEMDIE = 0x1000,   // was told to die because there is no memory: may, too
    PF_KSWAPD = 0x40000,
    PF_KTHREAD = 0x200000
};
enum : ulong {
    CSIGNAL = 0xFF,
    CLONE_VM = 0x100,
    CLONE_FS = 0x200,
    CLONE_FILES = 0x400,
    CLONE_SIGHAND = 0x800,
    CLONE_VFORK = 0x4000,
    CLONE_PARENT = 0x8000,
    CLONE_THREAD = 0x10000,
    CLONE_SETTLS = 0x80000,
    CLONE_PARENT_SETTID = 0x100000,
    CLONE_CHILD_CLEARTID = 0x200000,
    CLONE_CHILD_SETTID = 0x1000000
};

constexpr unsigned HZ = 100;
constexpr unsigned TASK_COMM_LEN = 16;

/// An interrupted system call that goes on where it was, not from the start.
struct restart_block {
    long (*function)(restart_block* restart);
    ulong expires;    // jiffies
    void* remaining;  // user address of the time that is left, or null
};

struct task_struct {
    volatile long state;   // TASK_*
    void* stack;           // lowest address of its kernel stack (THREAD_SIZE bytes)
    ulong flags;           // PF_*
    bool need_resched;     // the running task should give way
    int preempt_count;     // > 0: may not be preempted (spin locks held, interrupts being served)
    unsigned time_slice;   // ticks left
    list_head run_list;    // in the run queue while TASK_RUNNING and not on the processor
    list_head tasks;       // all thread-group leaders, headed by init_task
    mm_struct* mm;         // its user space; null for kernel threads
    mm_struct* active_mm;  // the space that is loaded while it runs
    linux_binfmt* binfmt;
    ulong personality;  // PER_* and its flags: kernel/personality.h
    int exit_state;     // 0, EXIT_ZOMBIE, EXIT_DEAD
    int exit_code, exit_signal;
    pid_t pid;   // of this thread
    pid_t tgid;  // of the process
    task_struct* real_parent;
    list_head children;  // its children, by their `sibling`
    list_head sibling;
    task_struct* group_leader;
    list_head thread_group;  // circular list of the threads of the process
    completion* vfork_done;  // whom to tell when the parent's mm is given back
    int* set_child_tid;      // user address that gets the pid when the task first runs, or null
    int* clear_child_tid;    // user address that gets 0 when the task gives up its mm, or null
    wait_queue_head_t wait_chldexit;
    ulong utime, stime;   // ticks
    ulong nvcsw, nivcsw;  // context switches it asked for / it suffered
    u64 start_time;       // jiffies
    ulong min_flt, maj_flt;
    uid_t uid, euid, suid, fsuid;  // whom it acts for: kernel/cred.h
    gid_t gid, egid, sgid, fsgid;
    char comm[TASK_COMM_LEN];
    thread_struct thread;
    fs_struct* fs;
    files_struct* files;
    signal_struct* signal;
    sighand_struct* sighand;
    sigset_t blocked;
    sigpending pending;
    bool sigpending_flag;   // look for signals before going back to user mode
    spinlock_t alloc_lock;  // task_lock: mm, files, comm
    atomic_t usage;  // references: one until it was waited for, one until its last switch away, one a reader
    hlist_node pid_chain;    // in the hash of find_task_by_pid. tasklist_lock
    sigset_t saved_sigmask;  // what sigsuspend restores
    sigset_t awaited;  // blocked signals that rt_sigtimedwait sleeps for: they wake, but are not delivered
    bool restore_sigmask;          // saved_sigmask is valid
    ulong sas_ss_sp, sas_ss_size;  // alternate signal stack; size 0: none
    bool kernel_buffers;           // access_ok lets kernel addresses pass (arch/uaccess.h)
    restart_block restart;         // how restart_syscall goes on with an interrupted nanosleep
};

extern task_struct init_task;      // pid 0, the swapper
extern task_struct* current_task;  // who runs
#define current current_task
extern spinlock_t tasklist_lock;
extern ulong jiffies;  // ticks since boot; HZ a second

inline bool signal_pending(const task_struct* task) {
    return task->sigpending_flag;
}
inline void task_lock(task_struct* task) {
    spin_lock(&task->alloc_lock);
}
inline void task_unlock(task_struct* task) {
    spin_unlock(&task->alloc_lock);
}
inline pt_regs* task_pt_regs(task_struct* task) {
    return reinterpret_cast<pt_regs*>(static_cast<char*>(task->stack) + THREAD_SIZE) - 1;
}
inline bool thread_group_leader(const task_struct* task) {
    return task->group_leader == task;
}
#define for_each_process(p)                                                         \
    for (p = list_entry(init_task.tasks.next, task_struct, tasks); p != &init_task; \
         p = list_entry(p->tasks.next, task_struct, tasks))
inline task_struct* next_thread(const task_struct* task) {
    return list_entry(task->thread_group.next, task_struct, thread_group);
}

void sched_init();
/// Gives the processor to the next runnable task. Not with spin locks held.
void schedule();
/// Sleeps for `ticks` or until woken; returns the ticks that were left. The caller has set its state: a
/// running task only gives way.
long schedule_timeout(long ticks);
inline long schedule_timeout_interruptible(long ticks) {
    current->state = TASK_INTERRUPTIBLE;
    return schedule_timeout(ticks);
}
inline long schedule_timeout_uninterruptible(long ticks) {
    current->state = TASK_UNINTERRUPTIBLE;
    return schedule_timeout(ticks);
}
/// Makes a sleeping task runnable; false if it was already. From any context.
bool wake_up_process(task_struct* task);
void wake_up_new_task(task_struct* task);
/// The timer's part: accounts the tick and ends time slices.
void scheduler_tick(bool user);
inline void preempt_disable() {
    current->preempt_count++;
    asm volatile("" : : : "memory");
}
void preempt_enable();
/// Gives the rest of the time slice away.
long sys_sched_yield();
/// What pid 0 does when the kernel is up: halts the processor until an interrupt makes somebody runnable.
[[noreturn]] void cpu_idle();
/// Context switches since boot.
u64 nr_context_switches();
/// True in interrupt handlers and with preemption off: sleeping is not allowed.
bool in_atomic();

/// Process functions: kernel/fork.cpp, kernel/exit.cpp
long do_fork(ulong clone_flags, ulong stack_start, pt_regs* regs, int* parent_tidptr, int* child_tidptr);
/// Starts a kernel thread; it ends when `function` returns. Its pid or -errno.
pid_t kernel_thread(int (*function)(void*), void* argument, const char* name);
[[noreturn]] void do_exit(long code);
[[noreturn]] void do_group_exit(int code);
/// Drops a reference; the last one frees the structure and the kernel stack. kernel/fork.cpp; any context
/// that may free memory. The end of a context switch puts `prev` when prev->state == TASK_DEAD.
void put_task_struct(task_struct* task);
inline void get_task_struct(task_struct* task) {
    atomic_inc(&task->usage);
}
/// What a new task does first in its own context, after the switch to it is finished: CLONE_CHILD_SETTID.
void finish_fork();
/// The task with this pid; tasklist_lock held.
task_struct* find_task_by_pid(pid_t pid);
