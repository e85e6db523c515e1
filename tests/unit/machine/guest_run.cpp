// SPDX-License-Identifier: GPL-2.0-or-later
// Glue between tests, the machine and QEMU.
#include "guest_run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace mmscope::testing {

std::vector<std::byte> read_guest(const std::string& name) {
    const std::string path = std::string(MMSCOPE_TEST_GUESTS) + "/" + name + ".elf";
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.good()) << path;
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

std::unique_ptr<Machine> make_machine(const std::string& name, const GuestOptions& options, GuestRun& run) {
    MachineConfig config;
    config.ram = options.ram;
    config.mmu = options.mmu;
    config.translation_buffer = options.translation_buffer;
    config.poll_interval = options.poll_interval;
    MachineSinks sinks;
    sinks.serial = [&run](uint8_t byte) { run.serial.push_back(static_cast<char>(byte)); };
    sinks.debug_console = [&run](uint8_t byte) { run.console.push_back(static_cast<char>(byte)); };
    auto machine = Machine::create(config, std::move(sinks));
    if (!machine) {
        ADD_FAILURE() << machine.error().message;
        return nullptr;
    }
    const auto kernel = read_guest(name);
    const auto loaded = (*machine)->load_multiboot(
        {.name = name, .kernel = kernel, .command_line = options.command_line, .modules = {}});
    if (!loaded) {
        ADD_FAILURE() << loaded.error().message;
        return nullptr;
    }
    (*machine)->set_host(options.host);
    if (options.observer != nullptr) (*machine)->set_observer(options.observer);
    return std::move(*machine);
}

std::string ram_of(Machine& machine) {
    const auto ram = machine.memory().bytes();
    return {reinterpret_cast<const char*>(ram.data()), ram.size()};
}

GuestRun run_guest(const std::string& name, const GuestOptions& options) {
    GuestRun run;
    const auto machine = make_machine(name, options, run);
    if (!machine) return run;
    run.result = machine->run({.until = options.until});
    run.ram = ram_of(*machine);
    run.time = machine->now();
    run.instructions = machine->cpu().instructions();
    return run;
}

std::optional<std::string> run_in_qemu(const std::string& name) {
    if (std::system("command -v qemu-system-i386 >/dev/null 2>&1") != 0) return std::nullopt;
    const std::string command = fmt::format(
        "timeout 60 qemu-system-i386 -accel tcg -cpu pentium3 -m 16 -display none -serial null -monitor none "
        "-no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -debugcon stdio -kernel {}/{}.elf 2>&1",
        MMSCOPE_TEST_GUESTS, name);
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return std::nullopt;
    std::string output;
    std::array<char, 4096> buffer{};
    while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe))
        output.append(buffer.data(), size);
    pclose(pipe);
    return output;
}

}  // namespace mmscope::testing
