# SPDX-License-Identifier: GPL-2.0-or-later
# Ends as the first letter of the command line says.
.include "prelude.inc"
.text
.globl _start
_start:
    mov 16(%ebx), %esi
    movb (%esi), %dl
    load_flat_segments
    set_gate 32, nothing, 0x8E00
    lidt idt_pointer
    cmpb $'h', %dl
    je halt_for_good
    cmpb $'s', %dl
    je spin
    cmpb $'w', %dl
    je wait_with_interrupts
    cmpb $'r', %dl
    je reset
    cmpb $'c', %dl
    je checkpoints
    cmpb $'t', %dl
    je read_time
    cmpb $'e', %dl
    je echo
    cmpb $'j', %dl
    je jump_outside
    cmpb $'a', %dl
    je all_ones
    cmpb $'d', %dl
    je until_patched
    exit 42

halt_for_good:
    cli
    hlt
spin:
    cli
    jmp spin
wait_with_interrupts:
    sti
    hlt
    jmp wait_with_interrupts
reset:
    mov $0xFE, %al
    out %al, $0x64
    jmp reset

checkpoints:
    mov $5, %eax
    out %eax, $0xF8
    print "a"
    mov $6, %eax
    out %eax, $0xF8
    print "b"
    exit 0

# The time stamp counter moves by what is executed between, and by nothing else.
read_time:
    rdtsc
    mov %eax, %ecx
    nop
    nop
    nop
    rdtsc
    sub %ecx, %eax
    call put_hex
    print " "
    rdtsc
    mov %eax, %ebx
    mov $1000, %ecx
1:  loop 1b
    rdtsc
    sub %ebx, %eax
    call put_hex
    exit 0

# What comes in on the serial port goes out on it, up to a '.'.
echo:
    mov $0x3FD, %edx
1:  in %dx, %al
    test $1, %al
    jz 1b
    mov $0x3F8, %edx
    in %dx, %al
    out %al, %dx
    cmpb $'.', %al
    jne echo
    exit 0

# Executing where no RAM is: all ones are no instruction.
jump_outside:
    set_gate 6, undefined, 0x8E00
    mov $0xF0000000, %eax
    jmp *%eax
undefined:
    mov (%esp), %eax
    call put_hex
    exit 0

# Nobody answers: RAM behind the end, a port, the ROM of a PC.
all_ones:
    mov 0xF0000000, %eax
    call put_hex
    movb 0xF0000001, %al
    call put_hex
    movl $1, 0xF0000000
    mov 0xC0000, %eax
    call put_hex
    mov $0x1234, %dx
    in %dx, %eax
    call put_hex
    movw $0x0741, 0xB8000
    mov 0xB8000, %ax
    call put_hex
    exit 0
# Ends with what `patched` yields once that has changed.
until_patched:
    call patched
    cmp $0x11223344, %eax
    je until_patched
    out %eax, $0xF4
    hlt
patched:
    mov $0x11223344, %eax
    ret
nothing:
    iret
