// SPDX-License-Identifier: GPL-2.0-or-later
// Exceptions: of user mode they become signals; of the kernel they are fixed up, or they end the task.
#include "arch/traps.h"

#include "arch/fpu.h"
#include "arch/syscall.h"
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/panic.h"
#include "kernel/preempt.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/mm.h"

// entry.S knows these offsets.
static_assert(offsetof(pt_regs, ds) == 28 && offsetof(pt_regs, gs) == 40);

void show_regs(const pt_regs* regs) {
    printk("pid %d (%s)  EIP %04lx:%08lx  EFLAGS %08lx\n", current->pid, current->comm, regs->cs & 0xFFFF,
           regs->eip, regs->eflags);
    printk("EAX %08lx  EBX %08lx  ECX %08lx  EDX %08lx\n", regs->eax, regs->ebx, regs->ecx, regs->edx);
    const ulong esp = user_mode(regs) ? regs->esp : reinterpret_cast<ulong>(&regs->esp);
    printk("ESI %08lx  EDI %08lx  EBP %08lx  ESP %08lx\n", regs->esi, regs->edi, regs->ebp, esp);
    printk("CR2 %08x  CR3 %08x  DS %04lx  ES %04lx  FS %04lx  GS %04lx\n", read_cr2(), read_cr3(),
           regs->ds & 0xFFFF, regs->es & 0xFFFF, regs->fs & 0xFFFF, regs->gs & 0xFFFF);
}

void panic_with_regs(const char* message, const pt_regs* regs) {
    local_irq_disable();
    printk("\nKernel panic: %s\n", message);
    show_regs(regs);
    if (!user_mode(regs)) show_trace(regs->eip, regs->ebp);
    machine_exit(PANIC_EXIT_CODE);
}

void die(const char* message, pt_regs* regs, long error_code) {
    static bool dying;
    local_irq_disable();
    if (dying || in_interrupt() || current->pid <= 1) panic_with_regs(message, regs);
    dying = true;
    printk("\nOops: %s, error code %04lx\n", message, static_cast<ulong>(error_code));
    show_regs(regs);
    show_trace(regs->eip, regs->ebp);
    dying = false;
    // What the task had locked stays locked; the checks of the locks will name it. The task itself can go.
    current->preempt_count = 0;
    local_irq_enable();
    do_exit(SIGSEGV);
}

namespace {

/// The error code that the stub left in orig_eax, which then says "not a system call".
long take_error_code(pt_regs* regs) {
    const long code = static_cast<long>(regs->orig_eax);
    regs->orig_eax = ~0ul;
    return code;
}

/// INV-47: nothing that the way through the kernel took is still held when the program goes on.
void assert_no_locks(const task_struct* task) {
#ifdef CONFIG_DEBUG_VM
    const mm_struct* mm = task->mm;
    if (task->preempt_count || (mm && mm->mmap_sem.writer == task))
        panic("prepare_return: INV-47: %s (pid %d) keeps a lock, preempt_count %d", task->comm, task->pid,
              task->preempt_count);
#else
    (void)task;
#endif
}

void restore_interrupts(const pt_regs* regs) {
    if (regs->eflags & X86_EFLAGS_IF) local_irq_enable();
}

struct fault {
    unsigned trap_no;
    const char* message;
    int signal, code;
    ulong address;  // si_addr
};

/// The common end of almost every exception.
void signal_or_die(pt_regs* regs, const fault& f) {
    const long error_code = take_error_code(regs);
    if (!user_mode(regs)) {
        if (fixup_exception(regs)) return;
        die(f.message, regs, error_code);
    }
    restore_interrupts(regs);
    current->thread.trap_no = f.trap_no;
    current->thread.error_code = static_cast<ulong>(error_code);
    siginfo_t info{};
    info.si_signo = f.signal;
    info.si_code = f.code;
    info.sigfault.addr = reinterpret_cast<void*>(f.address);
    force_sig_info(f.signal, &info, current);
}

}  // namespace

extern "C" {

void do_divide_error(pt_regs* regs) {
    signal_or_die(regs, {0, "divide error", SIGFPE, FPE_INTDIV, regs->eip});
}

void do_debug(pt_regs* regs) {
    // Only user mode single-steps. TF that leaked into the kernel's entry is dropped (SDM vol. 3, 17.3.1.1).
    if (!user_mode(regs)) {
        take_error_code(regs);
        regs->eflags &= ~X86_EFLAGS_TF;
        return;
    }
    signal_or_die(regs, {1, "debug", SIGTRAP, TRAP_TRACE, regs->eip});
}

void do_nmi(pt_regs* regs) {
    take_error_code(regs);
    panic_with_regs("non-maskable interrupt", regs);
}

void do_int3(pt_regs* regs) {
    signal_or_die(regs, {3, "int3", SIGTRAP, SI_KERNEL, 0});
}
void do_overflow(pt_regs* regs) {
    signal_or_die(regs, {4, "overflow", SIGSEGV, SI_KERNEL, 0});
}
void do_bounds(pt_regs* regs) {
    signal_or_die(regs, {5, "bounds", SIGSEGV, SI_KERNEL, 0});
}
void do_invalid_op(pt_regs* regs) {
    signal_or_die(regs, {6, "invalid opcode", SIGILL, ILL_ILLOPN, regs->eip});
}

void do_device_not_available(pt_regs* regs) {
    if (!user_mode(regs)) die("the kernel used the FPU", regs, take_error_code(regs));
    take_error_code(regs);
    load_fpu(current);
    restore_interrupts(regs);
}

void do_double_fault(pt_regs* regs) {
    panic_with_regs("double fault", regs);
}
void do_coprocessor_overrun(pt_regs* regs) {
    signal_or_die(regs, {9, "coprocessor segment overrun", SIGFPE, SI_KERNEL, 0});
}
void do_invalid_tss(pt_regs* regs) {
    signal_or_die(regs, {10, "invalid TSS", SIGSEGV, SI_KERNEL, 0});
}
void do_segment_not_present(pt_regs* regs) {
    signal_or_die(regs, {11, "segment not present", SIGBUS, SI_KERNEL, 0});
}
void do_stack_segment(pt_regs* regs) {
    signal_or_die(regs, {12, "stack segment", SIGBUS, SI_KERNEL, 0});
}
void do_general_protection(pt_regs* regs) {
    signal_or_die(regs, {13, "general protection fault", SIGSEGV, SI_KERNEL, 0});
}
void do_page_fault_trap(pt_regs* regs) {
    do_page_fault(regs, static_cast<ulong>(take_error_code(regs)));
}
void do_reserved_trap(pt_regs* regs) {
    signal_or_die(regs, {15, "reserved exception", SIGILL, SI_KERNEL, 0});
}

void do_coprocessor_error(pt_regs* regs) {
    const int code = user_mode(regs) ? take_fpu_error(current) : SI_KERNEL;
    signal_or_die(regs, {16, "FPU exception", SIGFPE, code, regs->eip});
}

void do_alignment_check(pt_regs* regs) {
    signal_or_die(regs, {17, "alignment check", SIGBUS, SI_KERNEL, 0});
}
void do_machine_check(pt_regs* regs) {
    take_error_code(regs);
    panic_with_regs("machine check", regs);
}
void do_simd_error(pt_regs* regs) {
    signal_or_die(regs, {19, "SIMD exception", SIGFPE, SI_KERNEL, regs->eip});
}
void do_bad_iret(pt_regs* regs) {
    local_irq_enable();  // user mode had them on, whatever its frame says
    signal_or_die(regs, {32, "bad return frame", SIGSEGV, SI_KERNEL, 0});
}

traced void do_system_call(pt_regs* regs) {
    const ulong number = regs->orig_eax;
    if (number >= nr_syscalls) {
        regs->eax = static_cast<ulong>(-ENOSYS);
        return;
    }
    regs->eax = static_cast<ulong>(sys_call_table[number](
        static_cast<long>(regs->ebx), static_cast<long>(regs->ecx), static_cast<long>(regs->edx),
        static_cast<long>(regs->esi), static_cast<long>(regs->edi), static_cast<long>(regs->ebp)));
}

/// Every way out of the kernel passes here. Returns with interrupts off.
void prepare_return(pt_regs* regs) {
    local_irq_disable();
    task_struct* task = current;
    if (user_mode(regs)) {
        assert_no_locks(task);
        while (task->need_resched | task->sigpending_flag) {  // one branch: this is every system call's way
            local_irq_enable();
            if (task->need_resched)
                schedule();
            else
                do_signal(regs);
            local_irq_disable();
        }
    } else if (task->need_resched && task->preempt_count == 0 && (regs->eflags & X86_EFLAGS_IF)) {
        preempt_schedule_irq();
    }
}

}  // extern "C"
