# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing can be delivered: there is no IDT.
.include "prelude.inc"
.text
.globl _start
_start:
    load_flat_segments
    lidt no_idt
    ud2
.data
no_idt: .word 0
    .long 0
