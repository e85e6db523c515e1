// SPDX-License-Identifier: GPL-2.0-or-later
// Reads what a boot loader needs of an i386 ELF executable (System V ABI, chapter 5). The file is hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mmscope {

/// `bytes` go to physical address `at`; the rest up to `size` is zero.
struct LoadSegment {
    uint64_t at;
    std::span<const std::byte> bytes;
    uint64_t size;
};

struct LoadPlan {
    uint32_t entry;  // physical
    std::vector<LoadSegment> segments;
};

[[nodiscard]] bool is_elf(std::span<const std::byte> file);

/// Error: what kind of ELF file it is instead of an i386 executable.
Result<void> validate_elf32(std::span<const std::byte> file, std::string_view name);

/// The loadable segments by physical address. An entry point that is given as a virtual address is
/// translated through its segment. Error: truncated, contradictory, or nothing to load.
Result<LoadPlan> plan_elf32(std::span<const std::byte> file, std::string_view name);

}  // namespace mmscope
