# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/arch is in the kernel.
set(ARCH_SOURCES
    head.S
    multiboot.cpp
    paging.cpp
    cpu.cpp
    ldt_record.cpp
    entry.S
    idt.cpp
    irq.cpp
    traps.cpp
    fpu.cpp
    process.cpp
    tls.cpp
    uaccess.cpp
    usercopy.S
)
