/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints a line and ends the machine with the code CODE. */
        .include "multiboot.inc"
main:   movl    $greeting, %esi
        call    print
        movl    $CODE, %eax
        call    exit

        .section .rodata
greeting: .asciz "hello from a tiny guest\n"
