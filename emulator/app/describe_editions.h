// SPDX-License-Identifier: GPL-2.0-or-later
// `emu describe-editions KERNEL.elf...`: the memory descriptors of several kernels side by side, as their
// debug information has them. docs/history.md shows them.
#pragma once

#include <span>
#include <string>

#include "introspect/kernel.h"

namespace mmscope {

/// Tables in Markdown, one a structure: a row for each member that any of the kernels has, a column for each
/// kernel.
std::string editions_markdown(std::span<const Kernel> kernels);

/// `arguments` are those behind "describe-editions". The tables go to standard output; what is wrong, to
/// standard error. The exit status of emu: 0, or 2 for what is refused.
int describe_editions(int count, const char* const* arguments);

}  // namespace mmscope
