/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code that the kernel lends each program (arch/vdso.h). It runs in user mode, wherever it is mapped. */

    .text

/* A system call: number and arguments in the registers as int $0x80 wants them. */
    .globl __kernel_vsyscall
    .type __kernel_vsyscall, @function
__kernel_vsyscall:
    .cfi_startproc
    int $0x80
    ret
    .cfi_endproc
    .size __kernel_vsyscall, . - __kernel_vsyscall

/* Where a signal handler returns to: its frame is what lies on the stack. Debuggers know these instructions,
 * and unwind through them without a word from us. */
    .balign 32
    .globl __kernel_sigreturn
    .type __kernel_sigreturn, @function
__kernel_sigreturn:
    popl %eax               /* the signal's number */
    movl $119, %eax
    int $0x80
    .size __kernel_sigreturn, . - __kernel_sigreturn

    .balign 32
    .globl __kernel_rt_sigreturn
    .type __kernel_rt_sigreturn, @function
__kernel_rt_sigreturn:
    movl $173, %eax
    int $0x80
    .size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn

    .section .note.GNU-stack, "", @progbits
