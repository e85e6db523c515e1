# SPDX-License-Identifier: GPL-2.0-or-later
# A Multiboot guest that carries out port accesses: the first module is a list of 4-byte records
# {operation, value, port low, port high}. What it reads goes to port 0xE9 as two hexadecimal digits and LF.
    .set MAGIC, 0x1BADB002
    .set FLAGS, 0
    .section .multiboot, "a"
    .align 4
    .long MAGIC, FLAGS, -(MAGIC + FLAGS)

    .text
    .globl _start
_start:
    cli
    movl $stack_top, %esp
    movl 24(%ebx), %eax         # mods_addr (Multiboot 0.6.96, section 3.3)
    movl (%eax), %esi           # mod_start
next:
    movb (%esi), %al            # operation
    movb 1(%esi), %cl           # value
    movzwl 2(%esi), %edx        # port
    addl $4, %esi
    cmpb $'o', %al
    je write
    cmpb $'i', %al
    je read
    cmpb $'d', %al
    je discard
    cmpb $'w', %al
    je wait
    movl $0, %eax
    movl $0xf4, %edx
    outl %eax, %dx              # debug exit
halt:
    hlt
    jmp halt
write:
    movb %cl, %al
    outb %al, %dx
    jmp next
read:
    inb %dx, %al
    movb %al, %ch
    shrb $4, %al
    call digit
    movb %ch, %al
    andb $15, %al
    call digit
    movb $10, %al
    outb %al, $0xe9
    jmp next
discard:
    inb %dx, %al
    jmp next
wait:                           # long enough for a byte on any line
    movl $20000, %ebp
1:  inb $0x80, %al
    decl %ebp
    jnz 1b
    jmp next
digit:
    cmpb $10, %al
    jb 1f
    addb $'a' - 10 - '0', %al
1:  addb $'0', %al
    outb %al, $0xe9
    ret

    .bss
    .align 16
    .skip 4096
stack_top:
    .section .note.GNU-stack, "", @progbits
