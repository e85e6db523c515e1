# SPDX-License-Identifier: GPL-2.0-or-later
# Pieces of code side by side, each run once, with a page fault in the middle: more of them than a small
# translation buffer holds. Prints how many faults there were, how many at a wrong EIP, and what the pieces counted.
.include "prelude.inc"

.set PIECES, 4096
.set PIECE, 64
.set FAULT_AT, 30
.set FAULT_SIZE, 6
.set COUNTED, PIECE - FAULT_SIZE - 2
.set HOLE, 0x70000000
.set CODE, 0x400000

.text
.globl _start
_start:
    load_flat_segments
    set_gate 14, page_fault, 0x8E00
    lidt idt_pointer
    # Two 4 MiB pages that map everything used here onto itself.
    mov $page_directory, %edi
    movl $0x83, (%edi)
    movl $(CODE + 0x83), 4(%edi)
    mov %edi, %cr3
    mov %cr4, %eax
    or $0x10, %eax
    mov %eax, %cr4
    mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0

    mov $CODE, %edi
    mov $PIECES, %edx
1:  mov $piece, %esi
    mov $PIECE, %ecx
    rep movsb
    dec %edx
    jnz 1b
    movb $0xC3, (%edi)

    mov $(CODE + FAULT_AT), %ebp
    xor %eax, %eax
    mov $CODE, %ecx
    call *%ecx
    mov %eax, %ebx
    mov faults, %eax
    call put_hex
    print " faults, "
    mov wrong, %eax
    call put_hex
    print " wrong, "
    mov %ebx, %eax
    sub $(PIECES * COUNTED), %eax
    call put_hex
    print " miscounted\n"
    exit 0

# EBP: where the next fault has to be.
page_fault:
    incl faults
    cmp %ebp, 4(%esp)
    je 1f
    incl wrong
1:  mov %ebp, 4(%esp)
    addl $FAULT_SIZE, 4(%esp)
    add $PIECE, %ebp
    add $4, %esp
    iret

.section .rodata
piece:
    .fill FAULT_AT, 1, 0x40             # inc %eax
    .byte 0x8B, 0x1D                    # mov HOLE, %ebx
    .long HOLE
    .fill PIECE - FAULT_AT - FAULT_SIZE - 2, 1, 0x40
    .byte 0xEB, 0                       # jmp to the next piece

.bss
.align 4096
page_directory: .fill 4096
faults: .fill 4
wrong: .fill 4
