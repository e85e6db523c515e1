// SPDX-License-Identifier: GPL-2.0-or-later
// What the boot loader tells the kernel (Multiboot Specification 0.6.96, section 3.3).
#pragma once

#include "lib/types.h"

constexpr u32 MULTIBOOT_BOOTLOADER_MAGIC = 0x2BADB002;

/// Everything the kernel keeps of it, copied out of the loader's memory.
struct boot_info {
    ulong ram_end;          // physical end of the RAM that starts at 1 MiB; page-aligned
    const void* initramfs;  // linear address of the module, right behind the kernel; null: none
    ulong initramfs_size;
    ulong first_free;  // first linear address that neither the kernel nor the module uses; page-aligned
};
extern boot_info boot;

/// Reads the information at physical address `info`, copies the command line, and moves the first module
/// right behind the kernel, so that the layout of memory does not depend on the loader. Panics without a
/// memory map.
void multiboot_init(u32 magic, u32 info);
