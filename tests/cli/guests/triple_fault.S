/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An exception with an empty IDT: its delivery faults, and so does the double fault's. */
        .include "multiboot.inc"
main:   lidt    empty
        ud2

        .section .rodata
        .balign 4
empty:  .word   0
        .long   0
