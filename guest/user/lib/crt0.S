/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first instructions of a program. System V i386 ABI, "Process Initialization": ESP points at argc. */

    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp             /* the outermost frame */
    movl %esp, %eax
    andl $-16, %esp
    subl $12, %esp
    pushl %eax
    call __libc_start
    hlt                         /* __libc_start does not return */
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
