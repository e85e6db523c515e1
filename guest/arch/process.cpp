// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel stacks of new tasks: what fork gives a child, and how kernel threads start.
#include "kernel/process.h"
#include "arch/tls.h"
#include "lib/string.h"

extern "C" void ret_from_fork();
extern "C" void ret_from_kernel_thread();

int copy_thread(ulong, ulong stack_start, task_struct* child, pt_regs* regs) {
    save_fpu(current);
    memcpy(child->thread.fpu, current->thread.fpu, sizeof child->thread.fpu);
    child->thread.used_math = current->thread.used_math;
    child->thread.fpu_loaded = false;
    *static_cast<ulong*>(child->stack) = STACK_END_MAGIC;
    child->preempt_count = 1;  // schedule_tail() releases the lock of the switch that starts it

    pt_regs* frame = task_pt_regs(child);
    *frame = *regs;
    void (*start)() = ret_from_kernel_thread;
    if (user_mode(regs)) {
        frame->eax = 0;
        if (stack_start) frame->esp = stack_start;
        start = ret_from_fork;
    }
    child->thread.esp0 = reinterpret_cast<ulong>(child->stack) + THREAD_SIZE;
    child->thread.esp = reinterpret_cast<ulong>(frame);
    child->thread.eip = reinterpret_cast<ulong>(start);
    return 0;
}

void start_thread(pt_regs* regs, ulong eip, ulong esp) {
    // System V ABI i386, "Process Initialization": nothing of the old program shows in the registers.
    *regs = {};
    regs->orig_eax = ~0ul;
    regs->eip = eip;
    regs->cs = __USER_CS;
    regs->eflags = X86_EFLAGS_IF;
    regs->esp = esp;
    regs->ds = regs->es = regs->ss = __USER_DS;
    flush_thread();
    flush_tls();
}

pid_t kernel_thread(int (*function)(void*), void* argument, const char* name) {
    pt_regs regs{};
    regs.ebx = reinterpret_cast<ulong>(function);
    regs.ecx = reinterpret_cast<ulong>(argument);
    regs.edx = reinterpret_cast<ulong>(name);
    regs.cs = __KERNEL_CS;
    // CLONE_PARENT: a thread of the boot is pid 0's child, which never waits, so its end leaves no zombie to
    // pid 1.
    return static_cast<pid_t>(
        do_fork(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_PARENT, 0, &regs, nullptr, nullptr));
}

/// The thread's own first function. Returns only if the thread has become a program (do_execve has filled
/// `regs`).
extern "C" void kernel_thread_start(pt_regs* regs) {
    const auto function = reinterpret_cast<int (*)(void*)>(regs->ebx);
    void* argument = reinterpret_cast<void*>(regs->ecx);
    if (!current->mm) current->flags |= PF_KTHREAD;  // a process's thread is one of its users until daemonize
    strlcpy(current->comm, reinterpret_cast<const char*>(regs->edx), TASK_COMM_LEN);
    const int result = function(argument);
    if (!current->mm) do_exit(result);
}
