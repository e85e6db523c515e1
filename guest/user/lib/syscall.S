/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What C++ cannot say: system calls, new threads, signal return, long jumps. */

    .text

/* long __syscall(number, a, b, c, d, e, f): number in EAX; a..f in EBX ECX EDX ESI EDI EBP. */
    .globl __syscall
    .type __syscall, @function
__syscall:
    pushl %ebp
    pushl %edi
    pushl %esi
    pushl %ebx
    movl 20(%esp), %eax
    movl 24(%esp), %ebx
    movl 28(%esp), %ecx
    movl 32(%esp), %edx
    movl 36(%esp), %esi
    movl 40(%esp), %edi
    movl 44(%esp), %ebp
    int $0x80
    popl %ebx
    popl %esi
    popl %edi
    popl %ebp
    ret
    .size __syscall, . - __syscall

/* pid_t vfork(): the child overwrites the stack below our caller's frame, so the return address stays in ECX. */
    .globl vfork
    .type vfork, @function
vfork:
    popl %ecx
    movl $190, %eax
    int $0x80
    pushl %ecx
    cmpl $-4095, %eax
    jae fail
    ret
fail:
    pushl %eax
    call __set_errno
    addl $4, %esp
    ret
    .size vfork, . - vfork

/* int clone(function, stack_top, flags, argument, parent_tid, tls, child_tid)
   The new stack gets the argument and the function; the child pops them and never returns from here. */
    .globl clone
    .type clone, @function
clone:
    pushl %ebp
    pushl %edi
    pushl %esi
    pushl %ebx
    movl 24(%esp), %ecx         /* stack_top */
    andl $-16, %ecx
    subl $16, %ecx
    movl 20(%esp), %eax         /* function */
    movl %eax, 0(%ecx)
    movl 32(%esp), %eax         /* argument */
    movl %eax, 4(%ecx)
    movl 28(%esp), %ebx         /* flags */
    movl 36(%esp), %edx         /* parent_tid */
    movl 40(%esp), %esi         /* tls */
    movl 44(%esp), %edi         /* child_tid */
    movl $120, %eax
    int $0x80
    testl %eax, %eax
    jz child
    popl %ebx
    popl %esi
    popl %edi
    popl %ebp
    cmpl $-4095, %eax
    jae fail
    ret
child:
    xorl %ebp, %ebp
    popl %eax                   /* the argument moves to a multiple of 16, as the ABI wants at a call */
    subl $4, %esp
    movl 4(%esp), %edx
    movl %edx, (%esp)
    call *%eax
    movl %eax, %ebx
    movl $1, %eax               /* exit: this thread only */
    int $0x80
    hlt
    .size clone, . - clone

/* Where signal handlers return to. Linux's debuggers know these instructions. */
    .globl __restore
    .type __restore, @function
__restore:
    popl %eax                   /* the signal number */
    movl $119, %eax
    int $0x80
    .size __restore, . - __restore

    .globl __restore_rt
    .type __restore_rt, @function
__restore_rt:
    movl $173, %eax
    int $0x80
    .size __restore_rt, . - __restore_rt

    .globl setjmp
    .type setjmp, @function
setjmp:
    movl 4(%esp), %eax
    movl %ebx, 0(%eax)
    movl %esi, 4(%eax)
    movl %edi, 8(%eax)
    movl %ebp, 12(%eax)
    leal 4(%esp), %ecx          /* ESP after our return */
    movl %ecx, 16(%eax)
    movl (%esp), %ecx
    movl %ecx, 20(%eax)
    xorl %eax, %eax
    ret
    .size setjmp, . - setjmp

    .globl longjmp
    .type longjmp, @function
longjmp:
    movl 4(%esp), %edx
    movl 8(%esp), %eax
    testl %eax, %eax
    jnz 1f
    incl %eax                   /* setjmp never seems to return 0 a second time */
1:  movl 0(%edx), %ebx
    movl 4(%edx), %esi
    movl 8(%edx), %edi
    movl 12(%edx), %ebp
    movl 16(%edx), %esp
    jmp *20(%edx)
    .size longjmp, . - longjmp

    .section .note.GNU-stack, "", @progbits
