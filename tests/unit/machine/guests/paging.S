# SPDX-License-Identifier: GPL-2.0-or-later
# What a TLB may and may not remember: INVLPG, MOV CR3, global and large pages, A and D bits.
.include "prelude.inc"
.set CR4_PSE, 0x10
.set CR4_PGE, 0x80
.set WINDOW, 0x00800000         # where pages are mapped and remapped

.macro show text, value
    print "\text "
    mov \value, %eax
    call put_hex
    print "\n"
.endm

.text
.globl _start
_start:
    load_flat_segments
    set_gate 14, page_fault, 0x8E00
    lidt idt_pointer
    movl $0x11111111, frame_one
    movl $0x22222222, frame_two
    mov $page_directory, %edi
    movl $low_table + 7, (%edi)
    movl $window_table + 7, 8(%edi)
    mov $low_table, %edi
    mov $3, %eax
    mov $1024, %ecx
1:  stosl
    add $4096, %eax
    loop 1b
    mov $page_directory, %eax
    mov %eax, %cr3
    mov %cr4, %eax
    or $(CR4_PSE | CR4_PGE), %eax
    mov %eax, %cr4
    mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0

    # Remapped and told so by INVLPG.
    movl $frame_one + 3, window_table
    show "first", WINDOW
    movl $frame_two + 3, window_table
    invlpg WINDOW + 0x123
    show "after_invlpg", WINDOW
    # Remapped and told so by MOV CR3.
    movl $frame_one + 3, window_table
    mov %cr3, %eax
    mov %eax, %cr3
    show "after_mov_cr3", WINDOW
    # Absent entries are never remembered: no INVLPG is needed after filling one.
    mov WINDOW + 0x1000, %ebx
    movl $frame_two + 3, window_table + 4
    show "absent_then_filled", WINDOW + 0x1000
    # A global page survives MOV CR3; after INVLPG it is gone.
    movl $frame_one + 0x103, window_table + 8
    mov WINDOW + 0x2000, %ebx
    movl $frame_two + 0x103, window_table + 8
    invlpg WINDOW + 0x2000
    show "global_after_invlpg", WINDOW + 0x2000
    # Turning CR4.PGE off and on drops global pages too.
    movl $frame_one + 0x103, window_table + 8
    mov %cr4, %eax
    mov %eax, %ebx
    and $~CR4_PGE, %eax
    mov %eax, %cr4
    mov %ebx, %cr4
    show "global_after_pge", WINDOW + 0x2000

    # A and D: read, then write, then cleared by software and set again.
    movl $frame_one + 3, window_table + 12
    mov WINDOW + 0x3000, %ebx
    movl window_table + 12, %ebx
    and $0xFFF, %ebx
    show "read", %ebx
    movl $5, WINDOW + 0x3000
    movl window_table + 12, %ebx
    and $0xFFF, %ebx
    show "written", %ebx
    andl $~0x60, window_table + 12
    invlpg WINDOW + 0x3000
    movl $6, WINDOW + 0x3000
    movl window_table + 12, %ebx
    and $0xFFF, %ebx
    show "written_again", %ebx

    # A large page, seen through both of its halves, then replaced by another.
    movl $0x00000083, page_directory + 16
    mov frame_one, %eax
    mov $frame_one + 0x01000000, %ebx
    show "large", (%ebx)
    mov $frame_two + 0x01000000, %ecx
    show "large_elsewhere", (%ecx)
    mov page_directory + 16, %edx
    and $0xFFF, %edx
    show "large_entry", %edx
    movl $7, (%ebx)
    mov page_directory + 16, %edx
    and $0xFFF, %edx
    show "large_entry_written", %edx
    movl $window_table + 3, page_directory + 16
    invlpg 0x01000000
    mov 0x01000000, %eax
    show "large_replaced", %eax
    mov (%ecx), %eax

    # Code that is replaced under the same address.
    movl $code_one + 3, window_table + 16
    call WINDOW + 0x4000
    show "code", %ebx
    movl $code_two + 3, window_table + 16
    invlpg WINDOW + 0x4000
    call WINDOW + 0x4000
    show "code_replaced", %ebx
    # Code that rewrites itself: the immediate of the MOV.
    movl $0xCCCCCCCC, code_two + 1
    call WINDOW + 0x4000
    show "code_rewritten", %ebx
    print "end\n"
    exit 0

page_fault:
    push %eax
    print "fault "
    mov %cr2, %eax
    call put_hex
    mov 4(%esp), %eax
    print " "
    call put_hex
    print "\n"
    # The access is skipped by mapping the page it wants.
    mov %cr2, %eax
    shr $12, %eax
    and $0x3FF, %eax
    movl $frame_one + 3, window_table(,%eax,4)
    pop %eax
    add $4, %esp
    iret

.data
.align 4096
code_one:
    mov $0xAAAAAAAA, %ebx
    ret
.align 4096
code_two:
    mov $0xBBBBBBBB, %ebx
    ret
.bss
.align 4096
page_directory: .fill 4096
low_table: .fill 4096
window_table: .fill 4096
frame_one: .fill 4096
frame_two: .fill 4096
