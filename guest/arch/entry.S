/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into the kernel and out again: one path that saves the registers as struct pt_regs, one that restores them,
   and the switch between kernel stacks (Intel SDM vol. 3, chapter 6; System V ABI i386). */

/* Offsets of struct pt_regs; arch/traps.cpp asserts them. */
#define PT_DS 28
#define PT_ES 32
#define PT_FS 36
#define PT_GS 40

#define USER_DS 0x7B

    .text

/* A stub leaves on the stack, below what the CPU pushed: the error code (or its stand-in) in the place of
   orig_eax, and the C++ handler in the place of gs. Handlers are `extern "C" void handler(pt_regs*)`. */
    .macro EXCEPTION name, handler
    .globl \name
    .type \name, @function
\name:
    pushl $0
    pushl $\handler
    jmp save_registers
    .endm
    .macro EXCEPTION_CODE name, handler
    .globl \name
    .type \name, @function
\name:
    pushl $\handler
    jmp save_registers
    .endm

    EXCEPTION      trap_divide_error, do_divide_error
    EXCEPTION      trap_debug, do_debug
    EXCEPTION      trap_nmi, do_nmi
    EXCEPTION      trap_int3, do_int3
    EXCEPTION      trap_overflow, do_overflow
    EXCEPTION      trap_bounds, do_bounds
    EXCEPTION      trap_invalid_op, do_invalid_op
    EXCEPTION      trap_device_not_available, do_device_not_available
    EXCEPTION_CODE trap_double_fault, do_double_fault
    EXCEPTION      trap_coprocessor_overrun, do_coprocessor_overrun
    EXCEPTION_CODE trap_invalid_tss, do_invalid_tss
    EXCEPTION_CODE trap_segment_not_present, do_segment_not_present
    EXCEPTION_CODE trap_stack_segment, do_stack_segment
    EXCEPTION_CODE trap_general_protection, do_general_protection
    EXCEPTION_CODE trap_page_fault, do_page_fault_trap
    EXCEPTION      trap_reserved, do_reserved_trap
    EXCEPTION      trap_coprocessor_error, do_coprocessor_error
    EXCEPTION_CODE trap_alignment_check, do_alignment_check
    EXCEPTION      trap_machine_check, do_machine_check
    EXCEPTION      trap_simd_error, do_simd_error

/* Interrupt n of the controllers: orig_eax = ~n, so that it is never taken for a system call. */
    .globl interrupt_stubs
    .balign 16
interrupt_stubs:
    irq = 0
    .rept 16
    .balign 16
    pushl $~irq
    pushl $do_irq
    jmp save_registers
    irq = irq + 1
    .endr

    .globl system_call
    .type system_call, @function
system_call:
    pushl %eax
    pushl $do_system_call

save_registers:
    pushl %fs
    pushl %es
    pushl %ds
    pushl %eax
    pushl %ebp
    pushl %edi
    pushl %esi
    pushl %edx
    pushl %ecx
    pushl %ebx
    cld
    movl PT_GS(%esp), %edx
    movl %gs, %eax
    movl %eax, PT_GS(%esp)
    movl %ds, %eax
    movl %es, %ecx
    xorl $USER_DS, %eax
    xorl $USER_DS, %ecx
    orl %ecx, %eax
    jnz load_kernel_segments        /* rare: almost every program has the same flat segments as the kernel */
segments_loaded:
    pushl %esp
    call *%edx
    addl $4, %esp

    .globl ret_from_trap
ret_from_trap:
    pushl %esp
    call prepare_return             /* leaves interrupts off */
    addl $4, %esp
    movl PT_DS(%esp), %eax          /* loading a segment is slow: only if one is not what it is to be */
    movl PT_ES(%esp), %ecx
    movl %fs, %edx
    movl %gs, %ebx
    xorl $USER_DS, %eax
    xorl $USER_DS, %ecx
    xorl PT_FS(%esp), %edx
    xorl PT_GS(%esp), %ebx
    orl %ecx, %eax
    orl %ebx, %edx
    orl %edx, %eax
    jnz restore_with_segments
    popl %ebx
    popl %ecx
    popl %edx
    popl %esi
    popl %edi
    popl %ebp
    popl %eax
    addl $20, %esp
return_from_trap:
    iret

restore_with_segments:
    popl %ebx
    popl %ecx
    popl %edx
    popl %esi
    popl %edi
    popl %ebp
    popl %eax
1:  popl %ds
2:  popl %es
3:  popl %fs
4:  popl %gs
    addl $4, %esp
    jmp return_from_trap

load_kernel_segments:
    movl $USER_DS, %eax             /* flat, and loadable in user mode too: no one else's selector survives */
    movl %eax, %ds
    movl %eax, %es
    jmp segments_loaded

/* A selector that user mode left and that can no longer be loaded becomes null: the load is tried again. */
clear_selector_ds:
    movl $0, (%esp)
    jmp 1b
clear_selector_es:
    movl $0, (%esp)
    jmp 2b
clear_selector_fs:
    movl $0, (%esp)
    jmp 3b
clear_selector_gs:
    movl $0, (%esp)
    jmp 4b
/* The frame of IRET is bad (a forged sigreturn frame): as if user mode had faulted. */
bad_iret:
    pushl $0
    pushl $do_bad_iret
    jmp save_registers

    .section __ex_table, "a"
    .long 1b, clear_selector_ds
    .long 2b, clear_selector_es
    .long 3b, clear_selector_fs
    .long 4b, clear_selector_gs
    .long return_from_trap, bad_iret
    .text

/* void switch_stacks(ulong* prev_esp, ulong* prev_eip, ulong next_esp, ulong next_eip)
   Returns when somebody switches back. The callee-saved registers stay on the old stack. */
    .globl switch_stacks
    .type switch_stacks, @function
switch_stacks:
    movl 4(%esp), %eax
    movl 8(%esp), %ecx
    movl 12(%esp), %edx
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl 32(%esp), %ebx
    movl %esp, (%eax)
    movl $switched_back, (%ecx)
    movl %edx, %esp
    jmp *%ebx
switched_back:
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret

/* The first code of a forked task: its stack holds a copy of the parent's registers. */
    .globl ret_from_fork
ret_from_fork:
    xorl %ebp, %ebp
    call schedule_tail
    jmp ret_from_trap

/* The first code of a kernel thread. Comes back from kernel_thread_start only if the thread has turned into a
   program: then the registers on the stack are the program's. */
    .globl ret_from_kernel_thread
ret_from_kernel_thread:
    xorl %ebp, %ebp
    call schedule_tail
    pushl %esp
    call kernel_thread_start
    addl $4, %esp
    jmp ret_from_trap

    .section .note.GNU-stack, "", @progbits
