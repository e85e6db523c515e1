# SPDX-License-Identifier: GPL-2.0-or-later
# Page faults of every kind of access: CR2 to the byte, error code, EIP, ESP, and that nothing else changed.
.include "prelude.inc"

.set TSS, 0x28

# What the code up to `end_case` raises, in one line. EBX is the hole's first byte, ESI readable memory.
.macro fault_case name
    .section .rodata
8:  .asciz "\name "
    .text
    mov $8b, %esi
    call puts
    movl $77f, resume_eip
    movl $78f, case_start
    mov $hole, %ebx
    mov $kernel_data, %esi
    mov $kernel_data, %edi
    mov $3, %ecx
    xor %eax, %eax
    mov $stack_top, %esp
    mov $stack_top, %ebp
78:
.endm
.macro end_case
    mov $nothing, %esi
    call puts
77:
    mov $stack_top, %esp
.endm

# The same at CPL 3.
.macro user_case name
    fault_case "\name"
    mov $user_data, %esi
    mov $user_data, %edi
    mov $USER_DATA, %edx
    mov %edx, %ds
    mov %edx, %es
    pushl $USER_DATA
    pushl $user_stack_top
    pushl $2
    pushl $USER_CODE
    pushl $79f
    iret
    .section .user, "awx"
79:
.endm
.macro end_user_case
    int $0x81
    .text
77:
    mov $stack_top, %esp
.endm

.text
.globl _start
_start:
    load_flat_segments
    set_gate 14, page_fault, 0x8E00
    set_gate 13, other_fault, 0x8E00
    set_gate 6, other_fault, 0x8E00
    set_gate 0x81, no_fault, 0xEE00
    lidt idt_pointer
    mov $tss, %eax
    movl $(tss_end - tss - 1), gdt_tss
    movl $0x8900, gdt_tss + 4
    mov %ax, gdt_tss + 2
    shr $16, %eax
    mov %al, gdt_tss + 4
    mov $TSS, %eax
    ltr %ax
    call paging_on

    fault_case "read"
    mov (%ebx), %al
    end_case
    fault_case "read_inside"
    mov 0x123(%ebx), %eax
    end_case
    fault_case "write"
    movl $1, 0x456(%ebx)
    end_case
    fault_case "read_straddles_into"
    mov -2(%ebx), %eax
    end_case
    fault_case "write_straddles_into"
    mov %eax, -1(%ebx)
    end_case
    fault_case "read_straddles_out_of"
    mov 0xFFE(%ebx), %eax
    end_case
    fault_case "sib"
    mov 8(%ebx,%ecx,8), %eax
    end_case
    fault_case "absolute"
    mov hole + 0x10, %eax
    end_case
    fault_case "moffs"
    movb hole + 0x31, %al
    end_case
    fault_case "negative_displacement"
    lea 0x800(%ebx), %edx
    mov -0x7F0(%edx), %ax
    end_case
    fault_case "read_modify_write"
    addl $1, 0x20(%ebx)
    end_case
    fault_case "read_modify_write_read_only"
    mov $read_only, %edx
    addl $1, 0x20(%edx)
    end_case
    fault_case "lock_cmpxchg8b"
    lock cmpxchg8b 0x28(%ebx)
    end_case
    fault_case "xchg"
    xchg %eax, 0x30(%ebx)
    end_case
    fault_case "bit_test_behind_operand"
    mov $0x1003, %eax
    bts %eax, -0x100(%ebx)
    end_case
    fault_case "bit_test_before_operand"
    mov $-64, %eax
    lea 0x1000(%ebx), %edx
    bt %eax, (%edx)
    end_case
    user_case "push"
    lea 4(%ebx), %esp
    push %eax
    end_user_case
    user_case "push_inside"
    lea 0x104(%ebx), %esp
    push %eax
    end_user_case
    user_case "push_immediate_straddles"
    lea 0x1002(%ebx), %esp
    push $5
    end_user_case
    user_case "push_memory_source"
    pushl 0x40(%ebx)
    end_user_case
    user_case "push_memory_stack"
    lea 0x80(%ebx), %esp
    pushl (%esi)
    end_user_case
    user_case "push16"
    lea 0x80(%ebx), %esp
    pushw %ax
    end_user_case
    user_case "pop"
    lea 0x84(%ebx), %esp
    pop %eax
    end_user_case
    user_case "pop_to_memory"
    popl 0x50(%ebx)
    end_user_case
    user_case "pop_relative_to_the_new_stack_pointer"
    lea -8(%ebx), %esp
    popl 8(%esp)
    end_user_case
    user_case "pusha"
    lea 0x100(%ebx), %esp
    pusha
    end_user_case
    user_case "pusha_crosses_into"
    lea 0x1010(%ebx), %esp
    pusha
    end_user_case
    user_case "popa"
    lea 0x100(%ebx), %esp
    popa
    end_user_case
    user_case "pushf"
    lea 0x100(%ebx), %esp
    pushf
    end_user_case
    user_case "call"
    lea 0x100(%ebx), %esp
    call puts
    end_user_case
    user_case "call_memory"
    call *0x70(%ebx)
    end_user_case
    user_case "ret"
    lea 0x100(%ebx), %esp
    ret
    end_user_case
    user_case "leave"
    lea 0x90(%ebx), %ebp
    leave
    end_user_case
    user_case "enter"
    lea 0x100(%ebx), %esp
    enter $16, $0
    end_user_case
    user_case "iret"
    lea 0x100(%ebx), %esp
    iret
    end_user_case
    fault_case "movs_source"
    mov %ebx, %esi
    movsl
    end_case
    fault_case "movs_destination"
    lea 0x44(%ebx), %edi
    movsl
    end_case
    fault_case "rep_movs_runs_into_the_hole"
    mov $kernel_data, %esi
    lea -8(%ebx), %edi
    mov $5, %ecx
    rep movsl
    end_case
    fault_case "rep_stos_backwards"
    std
    lea 0x1004(%ebx), %edi
    mov $5, %ecx
    rep stosl
    end_case
    cld
    fault_case "lods"
    lea 0x55(%ebx), %esi
    lodsb
    end_case
    fault_case "scas"
    lea 0x56(%ebx), %edi
    scasb
    end_case
    fault_case "cmps"
    lea 0x57(%ebx), %edi
    cmpsb
    end_case
    fault_case "xlat"
    mov $0x21, %al
    xlat
    end_case
    fault_case "x87_load"
    fldl 0x68(%ebx)
    end_case
    fault_case "x87_store_straddles"
    fldz
    fstpl -4(%ebx)
    end_case
    fault_case "movzx16"
    movzwl 0x77(%ebx), %eax
    end_case
    fault_case "jump_into_hole"
    lea 0x78(%ebx), %edx
    jmp *%edx
    end_case
    fault_case "call_into_hole"
    call hole + 0x7A
    end_case
    fault_case "instruction_straddles_into_hole"
    lea -1(%ebx), %edx
    movb $0xB8, (%edx)          # the first byte of mov $imm32,%eax
    jmp *%edx
    end_case
    fault_case "sidt"
    sidt 0x18(%ebx)
    end_case
    fault_case "write_read_only_kernel_wp"
    movl $1, read_only + 4
    end_case
    mov %cr0, %eax
    and $~0x10000, %eax
    mov %eax, %cr0
    fault_case "write_read_only_kernel_without_wp"
    movl $1, read_only + 4
    end_case
    mov %cr0, %eax
    or $0x10000, %eax
    mov %eax, %cr0

    user_case "user_read_hole"
    mov (%ebx), %eax
    end_user_case
    user_case "user_write_hole"
    mov %eax, 5(%ebx)
    end_user_case
    user_case "user_read_kernel"
    mov kernel_data, %eax
    end_user_case
    user_case "user_write_kernel"
    mov %eax, kernel_data + 3
    end_user_case
    user_case "user_write_read_only"
    mov %eax, user_read_only + 2
    end_user_case
    user_case "user_reads_read_only"
    mov user_read_only, %eax
    end_user_case
    user_case "user_push_into_hole"
    lea 0x10(%ebx), %esp
    push %eax
    end_user_case
    user_case "user_jumps_into_kernel"
    jmp puts
    end_user_case
    user_case "user_jumps_into_hole"
    jmp hole + 9
    end_user_case

    # A and D of the page that was only read, then written; and of one that was never touched.
    mov watched, %eax
    call show_watched
    movl $1, watched
    call show_watched
    print "end\n"
    exit 0

show_watched:
    mov $watched, %eax
    shr $12, %eax
    mov page_table(,%eax,4), %eax
    and $0xFFF, %eax
    call put_hex
    mov watched_neighbour_entry, %edx
    mov (%edx), %eax
    and $0xFFF, %eax
    call put_hex
    mov $newline, %esi
    jmp puts

page_fault:
    mov %esp, frame
    mov %ebx, saved_ebx
    mov %ecx, saved_ecx
    mov $stack_top_0, %esp
    cld
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %cr2, %eax
    sub $hole, %eax
    call put_hex
    call space
    mov frame, %ebp
    mov (%ebp), %eax
    call put_hex
    call space
    mov 4(%ebp), %eax
    mov %eax, %edx
    sub case_start, %eax
    cmp $0x1000, %eax
    jb 1f
    mov %edx, %eax
    sub $hole, %eax
1:  call put_hex
    call space
    mov saved_ecx, %eax
    call put_hex
    mov $newline, %esi
    call puts
    mov $stack_top, %esp
    pushl $KERNEL_CODE
    pushl resume_eip
    lret

other_fault:
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov $stack_top_0, %esp
    cld
    print "other fault\n"
    mov $stack_top, %esp
    jmp *resume_eip
no_fault:
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    print "nothing\n"
    mov $stack_top, %esp
    jmp *resume_eip
space:
    mov $' ', %al
    out %al, $0xE9
    ret

paging_on:
    mov $page_table, %edi
    mov $3, %eax
    mov $1024, %ecx
1:  stosl
    add $4096, %eax
    loop 1b
    mov $user_first, %eax
2:  mov %eax, %ecx
    shr $12, %ecx
    orl $4, page_table(,%ecx,4)
    add $4096, %eax
    cmp $user_last, %eax
    jb 2b
    mov $hole, %eax
    shr $12, %eax
    orl $4, page_table - 4(,%eax,4)
    movl $0, page_table(,%eax,4)
    orl $4, page_table + 4(,%eax,4)
    mov $read_only, %eax
    shr $12, %eax
    andl $~2, page_table(,%eax,4)
    mov $user_read_only, %eax
    shr $12, %eax
    orl $4, page_table(,%eax,4)
    andl $~2, page_table(,%eax,4)
    mov $watched, %eax
    shr $12, %eax
    lea page_table + 4(,%eax,4), %eax
    mov %eax, watched_neighbour_entry
    movl $page_table + 7, page_directory
    mov $page_directory, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0
    ret

.section .rodata
nothing: .asciz "nothing\n"
newline: .asciz "\n"
.data
.align 4
tss:
    .long 0, stack_top_0, KERNEL_DATA
    .fill 88, 1, 0
    .word 0, 104
tss_end:
resume_eip: .long 0
case_start: .long 0
frame: .long 0
saved_ebx: .long 0
saved_ecx: .long 0
watched_neighbour_entry: .long 0
kernel_data: .fill 64
.bss
.align 4096
page_directory: .fill 4096
page_table: .fill 4096
.fill 4096
stack_top_0:
.align 4096
before_hole: .fill 4096
hole: .fill 4096
behind_hole: .fill 4096
read_only: .fill 4096
user_read_only: .fill 4096
watched: .fill 4096
neighbour: .fill 4096
.section .user, "awx"
user_data: .fill 64
.fill 1024
user_stack_top:
