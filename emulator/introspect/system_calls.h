// SPDX-License-Identifier: GPL-2.0-or-later
// System calls by name.
#pragma once

#include <cstdint>
#include <string>

#include "introspect/kernel.h"

namespace mmscope {

/// The function that serves system call `number`, from the kernel's own table: "sys_mmap2"; "none": nobody
/// does, or the table cannot be read.
std::string system_call_name(const KernelMemory& now, uint32_t number);

}  // namespace mmscope
