# SPDX-License-Identifier: GPL-2.0-or-later
# Where exactly a pending interrupt is taken: after STI, POPF, MOV SS, IRET, and around HLT.
.include "prelude.inc"

# The timer's request is pending and IF is 0 when the code between the macros begins.
.macro pending_case name
    .section .rodata
8:  .asciz "\name "
    .text
    mov $8b, %esi
    call puts
    call wait_for_request
    movl $78f, case_start
    movl $0, taken
78:
.endm
.macro end_case
    cli
    call show
.endm

.text
.globl _start
_start:
    load_flat_segments
    set_gate 32, timer, 0x8E00
    set_gate 1, debug, 0x8E00
    lidt idt_pointer
    mov $0x11, %al; out %al, $0x20
    mov $32, %al;   out %al, $0x21
    mov $4, %al;    out %al, $0x21
    mov $1, %al;    out %al, $0x21
    mov $0xFE, %al; out %al, $0x21

    pending_case "sti_nop"
    sti
    nop
    nop
    end_case
    pending_case "sti_cli"
    sti
    cli
    nop
    end_case
    pending_case "sti_jmp"
    sti
    jmp 1f
1:  nop
    end_case
    pending_case "popf"
    pushf
    orl $0x200, (%esp)
    popf
    nop
    nop
    end_case
    pending_case "popf_mov_ss"
    mov %ss, %eax
    pushf
    orl $0x200, (%esp)
    popf
    mov %eax, %ss
    nop
    end_case
    pending_case "sti_mov_ss"
    mov %ss, %eax
    sti
    mov %eax, %ss
    nop
    nop
    end_case
    pending_case "sti_hlt"
    sti
    hlt
    nop
    end_case
    pending_case "iret"
    pushf
    orl $0x200, (%esp)
    pushl $KERNEL_CODE
    pushl $1f
    iret
1:  nop
    nop
    end_case
    pending_case "never_with_if_0"
    nop
    jmp 1f
1:  nop
    end_case

    # Traps of single instructions.
    print "trap_flag"
    movl $1f, case_start
    pushf
    orl $0x100, (%esp)
    popf
1:  nop
    mov $2, %ecx
    pushf
    andl $~0x100, (%esp)
    popf
    nop
    print "\n"

    print "trap_flag_rep"
    movl $1f, case_start
    mov $2, %ecx
    mov $source, %esi
    mov $target, %edi
    cld
    pushf
    orl $0x100, (%esp)
    popf
1:  rep movsb
    nop
    pushf
    andl $~0x100, (%esp)
    popf
    nop
    print "\n"
    print "end\n"
    exit 0

# A one-shot of the timer, and waiting until the controller has seen it.
wait_for_request:
    cli
    mov $0x30, %al; out %al, $0x43
    mov $0x10, %al; out %al, $0x40
    mov $0x00, %al; out %al, $0x40
    mov $0x0A, %al; out %al, $0x20
1:  in $0x20, %al
    test $1, %al
    jz 1b
    ret

timer:
    push %eax
    mov 4(%esp), %eax
    sub case_start, %eax
    mov %eax, taken_at
    incl taken
    mov $0x20, %al
    out %al, $0x20
    pop %eax
    iret
debug:
    push %eax
    mov $' ', %al
    out %al, $0xE9
    mov 4(%esp), %eax
    sub case_start, %eax
    call put_hex
    pop %eax
    iret

# Takes what is still pending, so that the next case begins afresh.
show:
    mov taken, %eax
    push %eax
    mov taken_at, %ebx
    sti
    nop
    nop
    cli
    pop %eax
    test %eax, %eax
    jnz 1f
    print "not taken\n"
    ret
1:  mov %ebx, %eax
    call put_hex
    print "\n"
    ret
.data
case_start: .long 0
taken: .long 0
taken_at: .long 0
source: .ascii "ab"
target: .ascii "  "
