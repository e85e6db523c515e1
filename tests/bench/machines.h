// SPDX-License-Identifier: GPL-2.0-or-later
// The command lines of both machines for the same kernel, initramfs and kernel command line.
#pragma once

#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace mmscope::test {

constexpr const char* kQemu = "/usr/bin/qemu-system-i386";

/// `more` are further options of emu.
std::vector<std::string> emu_command(const TemporaryFolder& folder, const std::string& command_line,
                                     const std::vector<std::string>& more = {});
/// Machines of 64 MiB; `more` may say otherwise. A run that ended well has status 1 (isa-debug-exit).
std::vector<std::string> qemu_command(const std::string& command_line,
                                      const std::vector<std::string>& more = {});

}  // namespace mmscope::test
