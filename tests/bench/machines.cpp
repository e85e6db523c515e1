// SPDX-License-Identifier: GPL-2.0-or-later
// Command lines for the benchmark.
#include "tests/bench/machines.h"

#include <fmt/format.h>

namespace mmscope::test {

std::vector<std::string> emu_command(const TemporaryFolder& folder, const std::string& command_line,
                                     const std::vector<std::string>& more) {
    const std::string config = folder.write("bench.toml", "[display]\nmode = \"none\"\n");
    std::vector<std::string> command = {EMU, config, "--set",
                                        fmt::format("boot.cmdline=\"{}\"", command_line)};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

std::vector<std::string> qemu_command(const std::string& command_line, const std::vector<std::string>& more) {
    std::vector<std::string> command = {
        kQemu,     "-accel",     "tcg",     "-display", "none",    "-no-reboot",
        "-m",      "64",         "-kernel", KERNEL,     "-initrd", INITRAMFS,
        "-append", command_line, "-serial", "stdio",    "-device", "isa-debug-exit,iobase=0xf4,iosize=4"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

}  // namespace mmscope::test
