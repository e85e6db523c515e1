// SPDX-License-Identifier: GPL-2.0-or-later
// Is this file a whole i386 executable? Asked before any library is let loose on it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/error.h"

namespace mmscope {

/// Checks identification, machine, type, and that every header and section lies inside the file
/// (ELF specification 1.2; System V i386 ABI 4.1). Error: "NAME: ..." with what was found and expected.
Result<void> check_kernel_elf(std::span<const std::byte> elf, std::string_view name);

}  // namespace mmscope
