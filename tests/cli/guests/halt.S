/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Halts with interrupts off: nothing can ever wake it. */
        .include "multiboot.inc"
main:   cli
        hlt
        jmp     main
