// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the real kernel with a configuration of its own.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child_process.h"

namespace mmscope::test {

/// emu on the real guest with `config` (more TOML) and `more` options, in `folder`.
inline ChildResult run_guest(const TemporaryFolder& folder, std::string_view config,
                             const std::vector<std::string>& more = {}, const ChildOptions& options = {}) {
    const std::string file =
        folder.write("machine.toml",
                     fmt::format("[machine]\nram = \"32MiB\"\n[boot]\nkernel = \"{}\"\ninitramfs = \"{}\"\n"
                                 "[display]\nmode = \"none\"\n{}",
                                 KERNEL, INITRAMFS, config));
    std::vector<std::string> arguments = {EMU, file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments, options);
}

/// emu inspect `core` `words`.
inline ChildResult inspect(const std::string& core, const std::vector<std::string>& words) {
    std::vector<std::string> arguments = {EMU, "inspect", core};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_program(arguments);
}

}  // namespace mmscope::test
