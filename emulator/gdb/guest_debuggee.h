// SPDX-License-Identifier: GPL-2.0-or-later
// The machine as gdb sees it: its processor, and the guest's tasks as threads.
#pragma once

#include <optional>

#include "gdb/debuggee.h"
#include "introspect/inspector.h"
#include "machine/machine.h"

namespace mmscope {

class Objects;

/// A thread's number is its pid. The idle task, and the machine before it has tasks, is kIdleThread.
class GuestDebuggee final : public Debuggee {
  public:
    static constexpr uint32_t kIdleThread = 0x10000;  // larger than any pid

    /// Both must outlive it.
    GuestDebuggee(Machine& machine, const Inspector& inspector) : machine_(machine), inspector_(inspector) {}

    [[nodiscard]] uint32_t current_thread() const override;
    [[nodiscard]] std::vector<GdbThread> threads() const override;
    [[nodiscard]] bool has_thread(uint32_t thread) const override;
    [[nodiscard]] GdbRegisterFile registers(uint32_t thread) const override;
    /// The running thread's, and of these general registers, EIP and EFLAGS.
    bool set_registers(uint32_t thread, const GdbRegisterFile& registers) override;
    size_t read_memory(uint32_t thread, LinearAddr at, std::span<std::byte> out) const override;
    bool write_memory(uint32_t thread, LinearAddr at, std::span<const std::byte> in) override;
    void set_breakpoints(std::span<const LinearAddr> addresses) override;
    bool set_watchpoints(std::span<const GdbWatch> watched) override;
    /// "space PID" and "space current" say whose memory addresses mean; all else is an inspection command.
    std::string monitor(std::string_view line) override;

  private:
    /// How addresses are translated for a thread: through CR3 for the one that runs.
    [[nodiscard]] PagingMode paging_of(uint32_t thread) const;
    [[nodiscard]] std::optional<PhysAddr> directory_of(uint32_t pid) const;
    /// What switch_stacks left on the stack of a task that does not run.
    [[nodiscard]] GdbRegisterFile saved_registers(uint32_t pid) const;
    Result<std::string> choose_space(std::string_view word);

    Machine& machine_;
    const Inspector& inspector_;
    std::optional<uint32_t> space_;  // a pid; none: as the thread sees it
};

}  // namespace mmscope
