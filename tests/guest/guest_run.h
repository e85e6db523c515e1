// SPDX-License-Identifier: GPL-2.0-or-later
// Boots the real kernel with a program of its root file system as pid 1, on emu or on QEMU.
#pragma once

#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace mmscope::test {

/// How a machine ended, and everything it sent to its serial port.
struct GuestRun {
    int code =
        -1;  // exit code of the machine: pid 1's exit status, or 3 after a panic; -1: it ended otherwise
    std::string serial;
    ChildResult process;  // of the emulator
};

/// The kernel that is meant where none is named.
inline constexpr const char* kEdition = "2.6.28";

/// Boots with `init` as pid 1; `more` are further arguments of emu.
GuestRun run_on_emu(const std::string& init, const std::vector<std::string>& more = {},
                    const std::string& edition = kEdition);

bool have_qemu();
/// `more` are further arguments of QEMU.
GuestRun run_on_qemu(const std::string& init, const std::vector<std::string>& more = {},
                     const std::string& edition = kEdition);

/// A file of the guest's build folder.
std::string guest_file(const std::string& name);
/// The kernel of an edition.
std::string kernel_file(const std::string& edition);
/// What a machine of ours printed, without what depends on the moments of its timer's interrupts: whom the
/// out-of-memory killer finds.
std::string without_victims(const std::string& serial);

/// The serial output from the first program on, lines ended by LF; empty if no program was started.
std::string program_output(const GuestRun& run);

}  // namespace mmscope::test
