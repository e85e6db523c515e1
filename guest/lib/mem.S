/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memcpy, memmove, memset and their whole-page forms. Straight runs of moves instead of REP strings: under an
   emulator each iteration of a REP instruction costs as much as a run of 32 bytes. */

    .text

    .macro MOVE8 from, to, offset
    movl \offset(\from), %eax
    movl \offset + 4(\from), %edx
    movl %eax, \offset(\to)
    movl %edx, \offset + 4(\to)
    .endm
    .macro MOVE32 from, to, offset=0
    MOVE8 \from, \to, \offset
    MOVE8 \from, \to, \offset + 8
    MOVE8 \from, \to, \offset + 16
    MOVE8 \from, \to, \offset + 24
    .endm

/* void* memcpy(void* to, const void* from, size_t count) */
    .globl memcpy
    .type memcpy, @function
memcpy:
    pushl %ebp
    movl %esp, %ebp
    pushl %esi
    pushl %edi
    movl 8(%ebp), %edi
    movl 12(%ebp), %esi
    movl 16(%ebp), %ecx
forward:
    subl $32, %ecx
    jb 2f
1:  MOVE32 %esi, %edi
    addl $32, %esi
    addl $32, %edi
    subl $32, %ecx
    jae 1b
2:  addl $28, %ecx                      /* ECX was the rest - 32; now the rest - 4 */
    js 4f
3:  movl (%esi), %eax
    movl %eax, (%edi)
    addl $4, %esi
    addl $4, %edi
    subl $4, %ecx
    jns 3b
4:  addl $4, %ecx
    jz 6f
5:  movb (%esi), %al
    movb %al, (%edi)
    incl %esi
    incl %edi
    decl %ecx
    jnz 5b
6:
moved:
    movl 8(%ebp), %eax
    popl %edi
    popl %esi
    popl %ebp
    ret
    .size memcpy, . - memcpy

/* void* memmove(void* to, const void* from, size_t count): backwards where `to` lies inside the source. */
    .globl memmove
    .type memmove, @function
memmove:
    pushl %ebp
    movl %esp, %ebp
    pushl %esi
    pushl %edi
    movl 8(%ebp), %edi
    movl 12(%ebp), %esi
    movl 16(%ebp), %ecx
    movl %edi, %eax
    subl %esi, %eax
    cmpl %ecx, %eax                     /* unsigned: to < from counts as far away */
    jae forward

    addl %ecx, %esi
    addl %ecx, %edi
    subl $4, %ecx
    jb 2f
1:  subl $4, %esi
    subl $4, %edi
    movl (%esi), %eax
    movl %eax, (%edi)
    subl $4, %ecx
    jae 1b
2:  addl $4, %ecx
    jz moved
3:  decl %esi
    decl %edi
    movb (%esi), %al
    movb %al, (%edi)
    decl %ecx
    jnz 3b
    jmp moved
    .size memmove, . - memmove

/* void* memset(void* to, int byte, size_t count) */
    .globl memset
    .type memset, @function
memset:
    pushl %edi
    movl 8(%esp), %edi
    movzbl 12(%esp), %eax
    imull $0x01010101, %eax
    movl 16(%esp), %ecx
    subl $64, %ecx
    jb 2f
1:  .irp k, 0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60
    movl %eax, \k(%edi)
    .endr
    addl $64, %edi
    subl $64, %ecx
    jae 1b
2:  addl $60, %ecx
    js 4f
3:  movl %eax, (%edi)
    addl $4, %edi
    subl $4, %ecx
    jns 3b
4:  addl $4, %ecx
    jz 6f
5:  movb %al, (%edi)
    incl %edi
    decl %ecx
    jnz 5b
6:  movl 8(%esp), %eax
    popl %edi
    ret
    .size memset, . - memset

/* void clear_page(void* page) */
    .globl clear_page
    .type clear_page, @function
clear_page:
    movl 4(%esp), %edx
    xorl %eax, %eax
    leal 4096(%edx), %ecx
1:  .irp k, 0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60
    movl %eax, \k(%edx)
    movl %eax, \k + 64(%edx)
    movl %eax, \k + 128(%edx)
    movl %eax, \k + 192(%edx)
    .endr
    addl $256, %edx
    cmpl %ecx, %edx
    jne 1b
    ret
    .size clear_page, . - clear_page

/* void copy_page(void* to, const void* from) */
    .globl copy_page
    .type copy_page, @function
copy_page:
    pushl %esi
    pushl %edi
    movl 12(%esp), %edi
    movl 16(%esp), %esi
    leal 4096(%esi), %ecx
1:  MOVE32 %esi, %edi, 0
    MOVE32 %esi, %edi, 32
    MOVE32 %esi, %edi, 64
    MOVE32 %esi, %edi, 96
    subl $-128, %esi
    subl $-128, %edi
    cmpl %ecx, %esi
    jne 1b
    popl %edi
    popl %esi
    ret
    .size copy_page, . - copy_page

    .section .note.GNU-stack, "", @progbits
