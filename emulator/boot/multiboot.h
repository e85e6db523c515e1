// SPDX-License-Identifier: GPL-2.0-or-later
// Loads a Multiboot 1 kernel (Multiboot Specification 0.6.96) into RAM, as GRUB or QEMU's -kernel would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "machine/physical_memory.h"

namespace mmscope {

/// A file that stands in RAM beside the kernel, e.g. the initramfs.
struct MultibootModule {
    std::string name;  // for error messages, and the module's string in the information block
    std::span<const std::byte> bytes;
};

/// What is to be booted. The bytes must live until load_multiboot has returned.
struct MultibootImage {
    std::string name;  // the kernel's path, for error messages
    std::span<const std::byte> kernel;
    std::string command_line;
    std::vector<MultibootModule> modules;
};

struct LoadedModule {
    PhysAddr first;
    uint32_t size;
};

/// Where everything stands. The processor enters at `entry` with EBX = `info`.
struct LoadedImage {
    uint32_t entry;
    PhysAddr info;
    PhysAddr kernel_first, kernel_end;  // [first, end), including .bss
    std::vector<LoadedModule> modules;
};

/// How the loader stores bytes: false if they are not all RAM.
using MemoryWriter = std::function<bool(PhysAddr address, std::span<const std::byte> bytes)>;

/// Places kernel, modules and information block into RAM of `ram` bytes. The kernel is an i386 ELF
/// executable, or any file whose Multiboot header says where it belongs (flag bit 16). Modules are
/// page-aligned, above the kernel; the information block follows them.
/// Error: says what is wrong with which file, and for too small a RAM how much would be enough.
Result<LoadedImage> load_multiboot(const MultibootImage& image, uint32_t ram, const MemoryWriter& write);

}  // namespace mmscope
