// SPDX-License-Identifier: GPL-2.0-or-later
// emu that waits for gdb, and gdb that connects to it.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child_process.h"

namespace mmscope::test {

inline constexpr ChildProcess::Seconds kPatience{60};

/// The arguments that run the real guest without a window; `more` follows.
inline std::vector<std::string> emu_arguments(const TemporaryFolder& folder,
                                              const std::vector<std::string>& more) {
    const std::string file =
        folder.write("machine.toml",
                     fmt::format("[machine]\nram = \"32MiB\"\n[boot]\nkernel = \"{}\"\ninitramfs = \"{}\"\n"
                                 "[display]\nmode = \"none\"\n",
                                 KERNEL, INITRAMFS));
    std::vector<std::string> arguments = {EMU, file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

/// A machine that stands before its first instruction.
class DebuggedMachine {
  public:
    explicit DebuggedMachine(const std::vector<std::string>& more = {})
        : emu_(emu_arguments(folder_, with_gdb(more))) {
        constexpr std::string_view kSays = "target remote ";
        if (!emu_.wait_for_error(kSays, kPatience) || !emu_.wait_for_error("\n", kPatience)) {
            ADD_FAILURE() << emu_.err();
            return;
        }
        const size_t begin = emu_.err().find(kSays) + kSays.size();
        address_ = emu_.err().substr(begin, emu_.err().find('\n', begin) - begin);
    }

    /// "127.0.0.1:PORT"
    [[nodiscard]] const std::string& address() const { return address_; }
    [[nodiscard]] int port() const { return std::stoi(address_.substr(address_.rfind(':') + 1)); }
    [[nodiscard]] ChildProcess& emu() { return emu_; }
    ChildResult finish() { return emu_.finish(kPatience); }

    /// gdb's command line with the kernel's symbols, connected; then `commands`.
    [[nodiscard]] std::vector<std::string> gdb_arguments(const std::vector<std::string>& commands) const {
        std::vector<std::string> arguments = {"/usr/bin/gdb"};
        // A machine with much to do may answer late.
        for (const char* setting : {"-batch", "-nx", "-ex", "set confirm off", "-ex", "set width 0", "-ex",
                                    "set remotetimeout 60", "-ex"})
            arguments.emplace_back(setting);
        arguments.push_back("target remote " + address_);
        for (const std::string& command : commands) {
            arguments.emplace_back("-ex");
            arguments.push_back(command);
        }
        arguments.emplace_back(KERNEL);
        return arguments;
    }
    /// gdb obeys these and leaves.
    [[nodiscard]] ChildResult gdb(const std::vector<std::string>& commands) const {
        return run_program(gdb_arguments(commands), {}, kPatience);
    }

  private:
    static std::vector<std::string> with_gdb(std::vector<std::string> more) {
        more.insert(more.end(), {"--gdb", ":0"});
        return more;
    }

    TemporaryFolder folder_;
    ChildProcess emu_;
    std::string address_;
};

}  // namespace mmscope::test
