# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/fs is in the kernel.
set(FS_SOURCES
    console.cpp
    dcache.cpp
    devices.cpp
    file_table.cpp
    fs_struct.cpp
    initramfs.cpp
    namei.cpp
    open.cpp
    read_write.cpp
    readdir.cpp
    rootfs.cpp
    seq_file.cpp
    stat.cpp
    proc/base.cpp
    proc/coredump_filter.cpp
    proc/maps.cpp
    proc/mem.cpp
    proc/memory.cpp
    proc/root.cpp
    proc/stat.cpp
    proc/status.cpp
    proc/task_facts.cpp
    proc/task_mm.cpp
)
