// SPDX-License-Identifier: GPL-2.0-or-later
// Command lines of both machines for the same kernel, initramfs and kernel command line.
#include "tests/guest/guest_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace mmscope::test {
namespace {

constexpr ChildProcess::Seconds kTimeout{300};
const char* const kQemu = "/usr/bin/qemu-system-i386";

/// The kernel drops a first word that ends in ".elf" (an image's name), so that `init` never comes first.
std::string command_line(const std::string& init) {
    return "test init=" + init;
}

/// QEMU's isa-debug-exit ends it with code * 2 + 1.
int qemu_code(int status) {
    return status > 0 && status % 2 == 1 ? status / 2 : -1;
}

/// QEMU's disks work in the host's time. Where the guest's clock leaps over every wait, seven seconds of it
/// are over before a busy host has read one sector, and the guest gives the disk up.
bool has_disk(const std::vector<std::string>& arguments) {
    return std::ranges::find(arguments, "-drive") != arguments.end() ||
           std::ranges::find(arguments, "-blockdev") != arguments.end();
}

}  // namespace

std::string guest_file(const std::string& name) {
    return fmt::format("{}/{}", GUEST_DIR, name);
}

std::string kernel_file(const std::string& edition) {
    return guest_file(fmt::format("kernel-{}.elf", edition));
}

GuestRun run_on_emu(const std::string& init, const std::vector<std::string>& more,
                    const std::string& edition) {
    const TemporaryFolder folder;
    const std::string config = folder.write(
        "machine.toml", fmt::format("[boot]\nkernel = \"{}\"\ninitramfs = \"{}\"\ncmdline = \"{}\"\n"
                                    "[display]\nmode = \"none\"\n[limits]\nuntil = \"60s\"\n",
                                    kernel_file(edition), guest_file("initramfs.cpio"), command_line(init)));
    std::vector<std::string> arguments = {EMU, config};
    arguments.insert(arguments.end(), more.begin(), more.end());
    GuestRun run;
    run.process = run_program(arguments, {}, kTimeout);
    run.code = run.process.status;
    run.serial = run.process.out;
    return run;
}

bool have_qemu() {
    return access(kQemu, X_OK) == 0;
}

/// QEMU counts instructions, so that preemption does not depend on how busy the host is.
GuestRun run_on_qemu(const std::string& init, const std::vector<std::string>& more,
                     const std::string& edition) {
    std::vector<std::string> arguments = {kQemu,
                                          "-icount",
                                          has_disk(more) ? "shift=2,sleep=on" : "shift=4,sleep=off",
                                          "-m",
                                          "64",
                                          "-kernel",
                                          kernel_file(edition),
                                          "-initrd",
                                          guest_file("initramfs.cpio"),
                                          "-append",
                                          command_line(init),
                                          "-serial",
                                          "stdio",
                                          "-display",
                                          "none",
                                          "-no-reboot",
                                          "-device",
                                          "isa-debug-exit,iobase=0xf4,iosize=4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    GuestRun run;
    run.process = run_program(arguments, {}, kTimeout);
    run.code = qemu_code(run.process.status);
    run.serial = run.process.out;
    return run;
}

std::string without_victims(const std::string& serial) {
    std::string rest;
    for (size_t start = 0; start < serial.size();) {
        const size_t end = std::min(serial.find('\n', start), serial.size() - 1) + 1;
        const std::string_view line = std::string_view(serial).substr(start, end - start);
        if (!line.contains("invoked oom-killer") && !line.starts_with("Out of memory: kill process"))
            rest += line;
        start = end;
    }
    return rest;
}

std::string program_output(const GuestRun& run) {
    std::string text = run.serial;
    std::erase(text, '\r');  // the terminal of the guest ends lines by CR LF
    const size_t line = text.find("boot: running ");
    const size_t start = line == std::string::npos ? line : text.find("\n\n", line);
    return start == std::string::npos ? std::string() : text.substr(start + 2);
}

}  // namespace mmscope::test
