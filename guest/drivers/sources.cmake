# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/drivers is in the kernel.
set(DRIVERS_SOURCES
    serial.cpp
    vga.cpp
    pic.cpp
    pit.cpp
    rtc.cpp
    tty.cpp
    keyboard.cpp
    mem.cpp
    buffer_dev.cpp
    kthread_dev.cpp
    vmalloc_probe.cpp
    ide.cpp
    ide_channel.cpp
)
