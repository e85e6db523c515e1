// SPDX-License-Identifier: GPL-2.0-or-later
// A debuggee of four pages and two threads, the second of which sees memory inverted.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gdb/debuggee.h"

namespace mmscope::test {

class FakeDebuggee final : public Debuggee {
  public:
    [[nodiscard]] uint32_t current_thread() const override { return 1; }
    [[nodiscard]] std::vector<GdbThread> threads() const override {
        return {{.id = 1, .name = "init", .detail = "pid 1"}, {.id = 0x1F, .name = "<&\">", .detail = ""}};
    }
    [[nodiscard]] bool has_thread(uint32_t thread) const override { return thread == 1 || thread == 0x1F; }
    [[nodiscard]] GdbRegisterFile registers(uint32_t thread) const override {
        if (thread == 1) return file;
        GdbRegisterFile other;
        other.set(kGdbEip, 0xC0100000);
        return other;
    }
    bool set_registers(uint32_t thread, const GdbRegisterFile& registers) override {
        if (thread != 1) return false;
        file = registers;
        return true;
    }
    size_t read_memory(uint32_t thread, LinearAddr at, std::span<std::byte> out) const override {
        const size_t size =
            at.value >= memory.size() ? 0 : std::min<size_t>(out.size(), memory.size() - at.value);
        for (size_t i = 0; i < size; ++i)
            out[i] = static_cast<std::byte>(memory[at.value + i] ^ (thread == 1 ? 0 : 0xFF));
        return size;
    }
    bool write_memory(uint32_t, LinearAddr at, std::span<const std::byte> in) override {
        if (at.value > memory.size() || in.size() > memory.size() - at.value) return false;
        for (size_t i = 0; i < in.size(); ++i)
            memory[at.value + i] = static_cast<char>(in[i]);
        return true;
    }
    void set_breakpoints(std::span<const LinearAddr> addresses) override {
        breakpoints.assign(addresses.begin(), addresses.end());
    }
    bool set_watchpoints(std::span<const GdbWatch> all) override {
        watched.assign(all.begin(), all.end());
        return can_watch || all.empty();
    }
    std::string monitor(std::string_view line) override { return "<" + std::string(line) + ">"; }

    GdbRegisterFile file;
    std::string memory = std::string(0x4000, '\0');
    std::vector<LinearAddr> breakpoints;
    std::vector<GdbWatch> watched;
    bool can_watch = true;
};

}  // namespace mmscope::test
