// SPDX-License-Identifier: GPL-2.0-or-later
// Takes over what the boot loader left in memory, before that memory is given away.
#include "arch/multiboot.h"

#include "arch/pgtable.h"
#include "kernel/cmdline.h"
#include "kernel/printk.h"
#include "lib/string.h"

boot_info boot;
extern "C" char _end[];

namespace {

enum : u32 { INFO_MEMORY = 1 << 0, INFO_CMDLINE = 1 << 2, INFO_MODS = 1 << 3, INFO_MMAP = 1 << 6 };
constexpr ulong ONE_MIB = 0x100000;
constexpr ulong LOW_MEMORY_LIMIT = 896 * ONE_MIB;        // what the linear map can show
constexpr ulong RAM_MINIMUM = 8 * ONE_MIB - 256 * 1024;  // an 8 MiB machine whose firmware keeps a little

struct multiboot_info {
    u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4], mmap_length,
        mmap_addr;
};
struct module_entry {
    u32 start, end, string, reserved;
};
struct mmap_entry {
    u32 size;
    u64 base, length;
    u32 type;  // 1: RAM
} __attribute__((packed));

template <class T>
const T* at_physical(u32 address) {
    return static_cast<const T*>(__va(address));
}

/// End of the RAM region that holds the first MiB mark; 0 if there is none.
u64 ram_end_of_map(const multiboot_info& info) {
    for (u32 offset = 0; offset + sizeof(mmap_entry) <= info.mmap_length;) {
        const auto* entry = at_physical<mmap_entry>(info.mmap_addr + offset);
        if (entry->type == 1 && entry->base <= ONE_MIB && entry->base + entry->length > ONE_MIB) {
            return entry->base + entry->length;
        }
        offset += entry->size + sizeof(entry->size);
    }
    return 0;
}

ulong find_ram_end(const multiboot_info& info) {
    u64 end = 0;
    if (info.flags & INFO_MMAP) end = ram_end_of_map(info);
    if (end == 0 && (info.flags & INFO_MEMORY)) end = ONE_MIB + static_cast<u64>(info.mem_upper) * 1024;
    if (end == 0) panic("multiboot: the boot loader gave no memory map");
    return static_cast<ulong>(min<u64>(end, LOW_MEMORY_LIMIT)) & PAGE_MASK;
}

void take_initramfs(const multiboot_info& info) {
    boot.first_free = PAGE_ALIGN(reinterpret_cast<ulong>(_end));
    if (!(info.flags & INFO_MODS) || info.mods_count == 0) return;
    const module_entry module = *at_physical<module_entry>(info.mods_addr);
    if (module.end < module.start || module.end > boot.ram_end)
        panic("multiboot: the module lies outside of RAM");
    const ulong size = module.end - module.start;
    if (__pa(reinterpret_cast<void*>(boot.first_free)) + size > boot.ram_end) {
        panic("multiboot: no room for an initramfs of %lu bytes", size);
    }
    boot.initramfs = memmove(reinterpret_cast<void*>(boot.first_free), at_physical<u8>(module.start), size);
    boot.initramfs_size = size;
    boot.first_free = PAGE_ALIGN(boot.first_free + size);
}

}  // namespace

void multiboot_init(u32 magic, u32 info_address) {
    if (magic != MULTIBOOT_BOOTLOADER_MAGIC) panic("multiboot: bad magic %08x from the boot loader", magic);
    const multiboot_info info = *at_physical<multiboot_info>(info_address);
    if (info.flags & INFO_CMDLINE) set_command_line(at_physical<char>(info.cmdline));
    boot.ram_end = find_ram_end(info);
    if (boot.ram_end < RAM_MINIMUM) {
        panic("multiboot: %lu KiB of RAM are too little, 8 MiB are needed", boot.ram_end / 1024);
    }
    take_initramfs(info);
}
