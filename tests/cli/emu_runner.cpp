// SPDX-License-Identifier: GPL-2.0-or-later
// Configurations for tiny guests.
#include "tests/cli/emu_runner.h"

#include <fmt/format.h>

namespace mmscope::test {

std::vector<std::string> emu_with(const TemporaryFolder& folder, std::string_view guest,
                                  const std::vector<std::string>& more) {
    const std::string kernel = guest.find('/') == std::string_view::npos
                                   ? fmt::format("{}/{}.elf", GUESTS, guest)
                                   : std::string(guest);
    const std::string config =
        folder.write("machine.toml", fmt::format("[machine]\nram = \"4MiB\"\n[boot]\nkernel = \"{}\"\n"
                                                 "initramfs = \"\"\n[display]\nmode = \"none\"\n",
                                                 kernel));
    std::vector<std::string> arguments = {EMU, config};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

ChildResult run_emu(std::string_view guest, const std::vector<std::string>& more,
                    const ChildOptions& options) {
    const TemporaryFolder folder;
    return run_program(emu_with(folder, guest, more), options);
}

std::string line_with(std::string_view text, std::string_view part) {
    const size_t found = text.find(part);
    if (found == std::string_view::npos) return {};
    const size_t start = text.rfind('\n', found) + 1;
    return std::string(text.substr(start, text.find('\n', found) - start));
}

}  // namespace mmscope::test
