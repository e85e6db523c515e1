# SPDX-License-Identifier: GPL-2.0-or-later
# Every class of exception, one line of output each: vector, error code, EIP, CS, flags, CR2, depth of the frame.
.include "prelude.inc"

.set RING1_CODE, 0x31
.set RING1_DATA, 0x39
.set ABSENT_CODE, 0x40
.set ABSENT_DATA, 0x48
.set SHORT_CODE, 0x50
.set CONFORMING_CODE, 0x58
.set ABSENT_RING1_DATA, 0x61
.set BEYOND_GDT, 0x2F8
.set TSS, 0x28

# A line of output: \name, then what the code up to `end_case` raises.
.macro kernel_case name
    .section .rodata
8:  .asciz "\name"
    .text
    mov $8b, %esi
    call begin_case
    movl $77f, resume_eip
    mov %esp, resume_esp
    movl $78f, case_start
78:
.endm
.macro end_case
    call no_fault
77:
.endm

# The same at CPL 3: the code stands in a page of its own that the user may read and write.
.macro user_case name
    .section .rodata
8:  .asciz "\name"
    .text
    mov $8b, %esi
    call begin_case
    movl $77f, resume_eip
    mov %esp, resume_esp
    movl $78f, case_start
    pushl $USER_DATA
    pushl $user_stack_top
    pushl $2
    pushl $USER_CODE
    pushl $78f
    iret
    .section .user, "awx"
78:
.endm
.macro end_user_case
    int $0x81
    .text
77:
.endm

.text
.globl _start
_start:
    load_flat_segments
    mov $0xFF, %al              # no interrupt of a device is wanted
    out %al, $0x21
    out %al, $0xA1
    call fill_tables
    lidt idt_pointer
    mov $TSS, %eax
    ltr %ax
    call paging_on

    kernel_case "de"
    xor %ecx, %ecx
    nop
    div %ecx
    end_case
    kernel_case "db_trap"
    pushf
    orl $0x100, (%esp)
    popf
    nop
    nop
    end_case
    kernel_case "bp"
    int3
    end_case
    kernel_case "of"
    mov $0x7FFFFFFF, %eax
    inc %eax
    into
    end_case
    kernel_case "br"
    mov $5, %eax
    bound %eax, bounds
    end_case
    kernel_case "ud"
    ud2
    end_case
    kernel_case "ud_lock"
    .byte 0xF0, 0x90
    end_case
    mov %cr0, %eax
    or $8, %eax
    mov %eax, %cr0
    kernel_case "nm"
    fninit
    end_case
    clts
    kernel_case "np_data"
    mov $ABSENT_DATA, %eax
    mov %eax, %ds
    end_case
    kernel_case "ss_absent"
    mov $ABSENT_DATA, %eax
    mov %eax, %ss
    end_case
    kernel_case "gp_selector"
    mov $0x1237, %eax
    mov %eax, %ds
    end_case
    kernel_case "gp_null_ss"
    xor %eax, %eax
    mov %eax, %ss
    end_case
    kernel_case "gp_jump_to_data"
    ljmp $KERNEL_DATA, $0
    end_case
    # Gates.
    kernel_case "int_trap_gate"
    sti
    int $0x30
    end_case
    cli
    kernel_case "int_interrupt_gate"
    sti
    int $0x3B
    end_case
    cli
    kernel_case "int_absent_gate"
    int $0x31
    end_case
    kernel_case "int_bad_type"
    int $0x32
    end_case
    kernel_case "int_beyond_idt"
    int $0xF0
    end_case
    kernel_case "int_null_selector"
    int $0x34
    end_case
    kernel_case "int_selector_beyond_gdt"
    int $0x35
    end_case
    kernel_case "int_data_selector"
    int $0x36
    end_case
    kernel_case "int_absent_code"
    int $0x37
    end_case
    kernel_case "int_offset_beyond_limit"
    int $0x38
    end_case
    kernel_case "int_conforming"
    int $0x39
    end_case
    kernel_case "int_gate16"
    int $0x3A
    end_case
    movl $stub_14_without_code, %eax
    movw %ax, idt + 8 * 14
    kernel_case "int14_pushes_no_code"
    int $14
    end_case
    movl $stub_14, %eax
    movw %ax, idt + 8 * 14

    # From CPL 3.
    user_case "user_int"
    int $0x80
    end_user_case
    user_case "user_int_forbidden"
    nop
    int $0x30
    end_user_case
    user_case "user_int3_forbidden"
    int3
    end_user_case
    user_case "user_hlt"
    hlt
    end_user_case
    user_case "user_cli"
    cli
    end_user_case
    user_case "user_in_forbidden"
    mov $0x71, %edx
    in %dx, %al
    end_user_case
    user_case "user_in_allowed"
    in $0xE9, %al
    end_user_case
    user_case "user_out_wide_forbidden"
    out %eax, $0xE8
    end_user_case
    user_case "user_outs_forbidden"
    mov $0x71, %edx
    mov $user_data, %esi
    outsb
    end_user_case
    user_case "user_mov_cr3"
    mov %eax, %cr3
    end_user_case
    user_case "user_invlpg"
    invlpg (%eax)
    end_user_case
    user_case "user_rdmsr"
    mov $0x10, %ecx
    rdmsr
    end_user_case
    mov %cr4, %eax
    or $4, %eax
    mov %eax, %cr4
    user_case "user_rdtsc_forbidden"
    rdtsc
    end_user_case
    mov %cr4, %eax
    and $~4, %eax
    mov %eax, %cr4
    user_case "user_loads_segments_from_hidden_gdt"
    mov $USER_DATA, %eax
    mov %eax, %fs
    lar %ax, %ecx
    end_user_case
    user_case "user_far_jump"
    ljmp $USER_CODE, $79f
    ud2
79:
    end_user_case
    user_case "user_reads_gdt"
    mov gdt, %eax
    end_user_case
    user_case "user_loads_selector_from_gdt_page"
    mov gdt, %fs
    end_user_case
    user_case "user_loads_bad_selector"
    mov $0x1237, %eax
    mov %eax, %fs
    end_user_case

    # Into ring 1, whose stack is good, then bad in several ways.
    user_case "ring1"
    int $0x40
    end_user_case
    movl $0, tss + 0x10
    user_case "ts_null_stack"
    int $0x40
    end_user_case
    movl $KERNEL_DATA, tss + 0x10
    user_case "ts_wrong_ring"
    int $0x40
    end_user_case
    movl $ABSENT_RING1_DATA, tss + 0x10
    user_case "ss_absent_inner_stack"
    int $0x40
    end_user_case
    movl $BEYOND_GDT + 1, tss + 0x10
    user_case "ts_beyond_gdt"
    int $0x40
    end_user_case
    movl $RING1_DATA, tss + 0x10
    movl $0x00000000, tss + 0x0C
    user_case "pf_on_inner_stack"
    int $0x40
    end_user_case

    # Faults while a fault is delivered.
    movw $0x0E00, idt + 8 * 13 + 4
    kernel_case "df_gp_then_np"
    mov $0x1237, %eax
    mov %eax, %ds
    end_case
    movw $0x8E00, idt + 8 * 13 + 4
    movw $0x0E00, idt + 8 * 14 + 4
    kernel_case "df_pf_then_np"
    mov absent, %eax
    end_case
    movw $0x8E00, idt + 8 * 14 + 4
    movw $0x0E00, idt + 8 * 6 + 4
    kernel_case "ud_then_np_is_np"
    ud2
    end_case
    movw $0x8E00, idt + 8 * 6 + 4

    print "end\n"
    exit 0

# Prints the case's name.
begin_case:
    call puts
    mov $' ', %al
    out %al, $0xE9
    ret

no_fault:
    mov $nothing, %esi
    call puts
    add $4, %esp
    jmp *resume_eip

# Stack on entry: vector, error code, EIP, CS, EFLAGS (, ESP, SS).
.macro show label, value
    mov $\label, %esi
    call puts
    mov \value, %eax
    call put_hex
.endm
report:
    cld
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %esp, %ebp
    show l_vector, (%ebp)
    show l_error, 4(%ebp)
    mov 8(%ebp), %eax
    sub case_start, %eax
    mov $l_eip, %esi
    call puts
    call put_hex
    show l_cs, 12(%ebp)
    mov 16(%ebp), %eax
    and $0x2F702, %eax           # without RF, which emulators disagree on
    mov $l_flags, %esi
    call puts
    call put_hex
    pushf
    pop %eax
    and $0x300, %eax
    mov $l_now, %esi
    call puts
    call put_hex
    mov $l_depth, %esi
    call puts
    mov resume_esp, %eax
    testl $3, 12(%ebp)
    jz 1f
    mov $stack_top_0, %eax
1:  sub %ebp, %eax
    call put_hex
    cmpl $14, (%ebp)
    jne 2f
    mov %cr2, %ecx
    show l_cr2, %ecx
2:  mov $newline, %esi
    call puts
    mov $KERNEL_DATA, %eax
    mov %eax, %fs
    mov %eax, %ss
    mov resume_esp, %esp
    pushl $KERNEL_CODE
    pushl resume_eip
    lret

# A 16-bit gate pushed FLAGS, CS, IP as words.
report_gate16:
    mov $l_gate16, %esi
    call puts
    movzwl (%esp), %eax
    sub case_start, %eax
    and $0xFFFF, %eax
    call put_hex
    movzwl 2(%esp), %eax
    mov $l_cs, %esi
    call puts
    call put_hex
    mov resume_esp, %eax
    sub %esp, %eax
    mov $l_depth, %esi
    call puts
    call put_hex
    mov $newline, %esi
    call puts
    mov resume_esp, %esp
    pushl $KERNEL_CODE
    pushl resume_eip
    lret

# Ring 1 shows where it is by calling ring 0.
ring1_handler:
    int $0x82

.macro stub vector
stub_\vector:
    .if \vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17
    .else
    pushl $0xEEEE
    .endif
    pushl $\vector
    jmp report
.endm
.altmacro
.set i, 0
.rept 0x83
    stub %i
    .set i, i + 1
.endr
stub_14_without_code:
    pushl $0xEEEE
    pushl $14
    jmp report

.macro stub_address vector
    .long stub_\vector
.endm

fill_tables:
    mov $idt, %edi
    mov $stub_table, %esi
    mov $0x83, %ecx
1:  lodsl
    mov %ax, (%edi)
    movw $KERNEL_CODE, 2(%edi)
    movw $0x8E00, 4(%edi)
    shr $16, %eax
    mov %ax, 6(%edi)
    add $8, %edi
    loop 1b
    movw $0x8F00, idt + 8 * 0x30 + 4
    movw $0x0E00, idt + 8 * 0x31 + 4
    movw $0x8C00, idt + 8 * 0x32 + 4
    movw $0, idt + 8 * 0x34 + 2
    movw $BEYOND_GDT, idt + 8 * 0x35 + 2
    movw $KERNEL_DATA, idt + 8 * 0x36 + 2
    movw $ABSENT_CODE, idt + 8 * 0x37 + 2
    movw $SHORT_CODE, idt + 8 * 0x38 + 2
    movw $CONFORMING_CODE, idt + 8 * 0x39 + 2
    movw $0x8600, idt + 8 * 0x3A + 4
    movl $(report_gate16 - _start_16), %eax
    movw %ax, idt + 8 * 0x3A
    movw $CODE_16, idt + 8 * 0x3A + 2
    movw $0, idt + 8 * 0x3A + 6
    movw $0xEE00, idt + 8 * 0x80 + 4
    movw $0xEE00, idt + 8 * 0x81 + 4
    movw $0xAE00, idt + 8 * 0x82 + 4
    movw $0xEE00, idt + 8 * 0x40 + 4
    movl $ring1_handler, %eax
    movw %ax, idt + 8 * 0x40
    movw $RING1_CODE, idt + 8 * 0x40 + 2
    mov $extra_descriptors, %esi
    mov $gdt_extra, %edi
    mov $16, %ecx
    rep movsl
    mov $tss, %eax
    movl $(tss_end - tss - 1), gdt_tss
    movl $0x8900, gdt_tss + 4
    mov %ax, gdt_tss + 2
    shr $16, %eax
    mov %al, gdt_tss + 4
    mov %ah, gdt_tss + 7
    ret

.set CODE_16, 0x68
.set _start_16, 0x100000

# Pages of 4 KiB for the first 4 MiB, user for .user alone; the page `absent` is not there.
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
    mov $absent, %eax
    shr $12, %eax
    movl $0, page_table(,%eax,4)
    movl $page_table + 7, page_directory
    mov $page_directory, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0
    ret

.section .rodata
stub_table:
.set i, 0
.rept 0x83
    stub_address %i
    .set i, i + 1
.endr
nothing: .asciz "nothing\n"
newline: .asciz "\n"
l_vector: .asciz "vector "
l_error: .asciz " error "
l_eip: .asciz " eip+"
l_cs: .asciz " cs "
l_flags: .asciz " flags "
l_now: .asciz " now "
l_depth: .asciz " depth "
l_cr2: .asciz " cr2 "
l_gate16: .asciz "gate16 ip+"
bounds: .long 1, 3

extra_descriptors:              # from selector 0x30 on
    .quad 0x00CFBB000000FFFF    # 0x30 ring 1 code
    .quad 0x00CFB3000000FFFF    # 0x38 ring 1 data
    .quad 0x00CF1B000000FFFF    # 0x40 code, not present
    .quad 0x00CF13000000FFFF    # 0x48 data, not present
    .quad 0x00409B000000FFFF    # 0x50 code of 64 KiB
    .quad 0x00CF9F000000FFFF    # 0x58 conforming code
    .quad 0x00CF33000000FFFF    # 0x60 ring 1 data, not present
    .quad 0x004F9B100000FFFF    # 0x68 code from 1 MiB on, for a gate of 16 bits

.data
.align 4
tss:
    .long 0, stack_top_0, KERNEL_DATA, ring1_stack_top, RING1_DATA
    .fill 80, 1, 0
    .word 0, 104
    .fill 29, 1, 0xFF
    .byte 0xFD                  # port 0xE9 is free
    .fill 3, 1, 0xFF
tss_end:
resume_eip: .long 0
resume_esp: .long 0
case_start: .long 0
.bss
.align 4096
page_directory: .fill 4096
page_table: .fill 4096
.fill 4096
stack_top_0:
.fill 4096
ring1_stack_top:
absent: .fill 4096
.section .user, "awx"
user_data: .long 0x12345678
.fill 1024
user_stack_top:
