/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves that may touch user memory. Each access has an entry in the exception table: (address, fix-up). */

    .text

/* ulong __copy_user(void* to, const void* from, ulong count): returns the bytes that were not copied.
   Runs of 32 bytes, then words, then bytes. A fault in a run or a word goes on bytewise from its start, so
   that the result is exact to the byte; a fault at a byte ends the copy. */
    .globl __copy_user
    .type __copy_user, @function
__copy_user:
    pushl %ebp
    movl %esp, %ebp
    pushl %esi
    pushl %edi
    pushl %ebx
    movl 8(%ebp), %edi
    movl 12(%ebp), %esi
    movl 16(%ebp), %ecx
    cmpl $32, %ecx
    jb words
runs:
    .irp k, 0, 8, 16, 24
1:  movl \k(%esi), %eax
2:  movl \k + 4(%esi), %edx
3:  movl %eax, \k(%edi)
4:  movl %edx, \k + 4(%edi)
    .pushsection __ex_table, "a"
    .long 1b, bytes, 2b, bytes, 3b, bytes, 4b, bytes
    .popsection
    .endr
    addl $32, %esi
    addl $32, %edi
    subl $32, %ecx
    cmpl $32, %ecx
    jae runs
words:
    cmpl $4, %ecx
    jb bytes
1:  movl (%esi), %eax
2:  movl %eax, (%edi)
    .pushsection __ex_table, "a"
    .long 1b, bytes, 2b, bytes
    .popsection
    addl $4, %esi
    addl $4, %edi
    subl $4, %ecx
    jmp words
bytes:
    testl %ecx, %ecx
    jz copied
1:  movb (%esi), %al
2:  movb %al, (%edi)
    .pushsection __ex_table, "a"
    .long 1b, copied, 2b, copied
    .popsection
    incl %esi
    incl %edi
    decl %ecx
    jmp bytes
copied:
    movl %ecx, %eax
    popl %ebx
    popl %edi
    popl %esi
    popl %ebp
    ret
    .size __copy_user, . - __copy_user

/* ulong __clear_user(void* to, ulong count): returns the bytes that were not cleared. */
    .globl __clear_user
    .type __clear_user, @function
__clear_user:
    pushl %ebp
    movl %esp, %ebp
    pushl %edi
    movl 8(%ebp), %edi
    movl 12(%ebp), %ecx
    xorl %eax, %eax
clear_runs:
    cmpl $32, %ecx
    jb clear_bytes
    .irp k, 0, 4, 8, 12, 16, 20, 24, 28
1:  movl %eax, \k(%edi)
    .pushsection __ex_table, "a"
    .long 1b, clear_bytes
    .popsection
    .endr
    addl $32, %edi
    subl $32, %ecx
    jmp clear_runs
clear_bytes:
    testl %ecx, %ecx
    jz cleared
1:  movb %al, (%edi)
    .pushsection __ex_table, "a"
    .long 1b, cleared
    .popsection
    incl %edi
    decl %ecx
    jmp clear_bytes
cleared:
    movl %ecx, %eax
    popl %edi
    popl %ebp
    ret
    .size __clear_user, . - __clear_user

/* int __get_user_byte(const void* from): the byte, or -1 on a fault. */
    .globl __get_user_byte
    .type __get_user_byte, @function
__get_user_byte:
    pushl %ebp
    movl %esp, %ebp
    movl 8(%ebp), %edx
1:  movzbl (%edx), %eax
    popl %ebp
    ret
2:  movl $-1, %eax
    popl %ebp
    ret
    .pushsection __ex_table, "a"
    .long 1b, 2b
    .popsection
    .size __get_user_byte, . - __get_user_byte

    .section .note.GNU-stack, "", @progbits
