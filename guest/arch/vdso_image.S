/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shared object that vdso.cpp copies to a page, as the linker made it. */
    .section .rodata
    .balign 4
    .globl vdso_start, vdso_end
vdso_start:
    .incbin VDSO_FILE
vdso_end:
    .section .note.GNU-stack, "", @progbits
