/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of function names of the first link: empty. The second link has the real one (kallsyms.awk). */
    .section .kallsyms, "a"
    .globl kallsyms_count, kallsyms_addresses, kallsyms_names
    .balign 4
kallsyms_count:
    .long 0
kallsyms_addresses:
kallsyms_names:
    .asciz ""
