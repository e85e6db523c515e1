# SPDX-License-Identifier: GPL-2.0-or-later
# Paging on, one timer interrupt, a line of output, exit.
.include "prelude.inc"
.text
.globl _start
_start:
    load_flat_segments
    # One 4 MiB page that maps everything used here onto itself.
    mov $page_directory, %edi
    movl $0x83, (%edi)
    mov %edi, %cr3
    mov %cr4, %eax
    or $0x10, %eax
    mov %eax, %cr4
    mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0

    set_gate 32, timer, 0x8E00
    lidt idt_pointer
    # 8259: vectors from 32 on, only the timer.
    mov $0x11, %al; out %al, $0x20
    mov $32, %al;   out %al, $0x21
    mov $4, %al;    out %al, $0x21
    mov $1, %al;    out %al, $0x21
    mov $0xFE, %al; out %al, $0x21
    # 8254: channel 0, mode 2, 1000 Hz.
    mov $0x34, %al; out %al, $0x43
    mov $0xA9, %al; out %al, $0x40
    mov $0x04, %al; out %al, $0x40
    sti
1:  hlt
    cmpl $0, ticks
    je 1b
    cli
    print "hello\n"
    exit 7

timer:
    push %eax
    incl ticks
    mov $0x20, %al
    out %al, $0x20
    pop %eax
    iret

.data
ticks: .long 0
.bss
.align 4096
page_directory: .fill 4096
