/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says that it is ready, and never gives the processor back: interrupts are off. */
        .include "multiboot.inc"
main:   cli
        movl    $ready, %esi
        call    print
1:      jmp     1b

        .section .rodata
ready:  .asciz "ready\n"
