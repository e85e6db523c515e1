// SPDX-License-Identifier: GPL-2.0-or-later
// The life of processes: what fork, exec, exit, pid, signal and the architecture ask of one another.
#pragma once

#include "kernel/sched.h"

// arch/process.cpp
/// Gives the child its kernel stack frame: it returns from the same call as its parent, with 0 and, if
/// `stack_start` is not 0, with that user stack. `regs` are the parent's. FPU state is inherited. 0 or
/// -errno.
int copy_thread(ulong clone_flags, ulong stack_start, task_struct* child, pt_regs* regs);
/// exec: the new program starts at `eip` with `esp`, clean registers and a clean FPU.
void start_thread(pt_regs* regs, ulong eip, ulong esp);

// arch/fpu.cpp
/// The FPU state of a task comes into thread.fpu (if used_math); the next use loads it from there again.
void save_fpu(task_struct* task);
/// thread.fpu was or will be written: the FPU's own copy no longer counts.
void restore_fpu(task_struct* task);
/// The running task forgets its FPU state; the next use starts from FNINIT.
void flush_thread();

/// Boot: caches, pid map, and init_task's own signal structures. After kmem_cache_init, before the first
/// kernel_thread.
void fork_init();

// kernel/pid.cpp
constexpr pid_t PID_MAX = 32768;
pid_t alloc_pid();  // -EAGAIN: all in use
void free_pid(pid_t pid);
void attach_pid(task_struct* task);  // into the hash; tasklist_lock held
void detach_pid(task_struct* task);
extern unsigned nr_threads;  // tasks in existence but the idle one. tasklist_lock

// kernel/daemonize.cpp
/// A kernel thread that a process started gives up that process's memory, files and directory.
void daemonize(const char* name);

// kernel/exit.cpp
/// Takes a dead task out of all lists and drops the process's reference.
void release_task(task_struct* task);
/// The task that adopts orphans: pid 1. tasklist_lock held.
task_struct* child_reaper();
/// Tells the parent that a process is dead. True: nobody wants to wait, release it. tasklist_lock held.
bool do_notify_parent(task_struct* task);

// kernel/exec.cpp, kernel/de_thread.cpp
/// All other threads of the process die; current becomes the group leader with its pid, and its handlers are
/// its own. 0, -EAGAIN (the process ends already) or -ENOMEM.
int de_thread();
/// The point of no return, for a binary format that has checked its file: one thread, the new mm, no
/// handlers, no close-on-exec descriptors. 0; on -errno nothing but the other threads is lost.
int flush_old_exec(struct linux_binprm* bprm);

// kernel/sighand.cpp: what the threads of a process share
int copy_sighand(ulong clone_flags, task_struct* child);  // 0 or -ENOMEM
int copy_signal(ulong clone_flags, task_struct* child);
/// Undoes copy_signal for a child that was never linked.
void drop_signal(ulong clone_flags, task_struct* child);
/// Takes a dead task out of its thread group; the last one frees signal_struct. tasklist_lock held.
void exit_signal_of(task_struct* task);
/// A copy of current's handlers, or null.
sighand_struct* dup_sighand();
void put_sighand(sighand_struct* sighand);
/// exec: every handler becomes the default; what is ignored stays ignored.
void flush_signal_handlers(task_struct* task);

// kernel/signal.cpp
void flush_sigqueue(sigpending* queue);
/// SIGKILL to every other thread of current's process. siglock held.
void zap_other_threads();
/// Lets `task` look for signals: wakes it if it sleeps interruptibly. siglock held.
void signal_wake_up(task_struct* task);
