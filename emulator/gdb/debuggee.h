// SPDX-License-Identifier: GPL-2.0-or-later
// What the protocol wants of the thing that is debugged: a machine, or the fake of a test.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "gdb/registers.h"

namespace mmscope {

/// A thread as gdb shows it. Never 0, which means "any" in the protocol.
struct GdbThread {
    uint32_t id = 0;
    std::string name, detail;

    friend bool operator==(const GdbThread&, const GdbThread&) = default;
};

struct GdbWatch {
    static constexpr uint32_t kLargest = 4096;
    enum class Use : uint8_t { Change, Read, Access };  // watch, rwatch, awatch
    LinearAddr at;
    uint32_t size = 0;  // 1 to kLargest
    Use use = Use::Change;

    friend auto operator<=>(const GdbWatch&, const GdbWatch&) = default;
};

/// All calls are made while the machine stands still. Addresses are linear.
class Debuggee {
  public:
    virtual ~Debuggee() = default;

    [[nodiscard]] virtual uint32_t current_thread() const = 0;
    [[nodiscard]] virtual std::vector<GdbThread> threads() const = 0;
    [[nodiscard]] virtual bool has_thread(uint32_t thread) const = 0;

    [[nodiscard]] virtual GdbRegisterFile registers(uint32_t thread) const = 0;
    /// False: these cannot be changed so.
    virtual bool set_registers(uint32_t thread, const GdbRegisterFile& registers) = 0;

    /// Memory as `thread` sees it. The number of bytes that could be read, from the first on.
    virtual size_t read_memory(uint32_t thread, LinearAddr at, std::span<std::byte> out) const = 0;
    /// False: not all of it is mapped, and nothing was written.
    virtual bool write_memory(uint32_t thread, LinearAddr at, std::span<const std::byte> in) = 0;

    static constexpr size_t kMostStopPoints = 256;
    /// Replaces all.
    virtual void set_breakpoints(std::span<const LinearAddr> addresses) = 0;

    /// The same for bytes whose use stops the machine. False: it cannot watch.
    virtual bool set_watchpoints(std::span<const GdbWatch> watched) = 0;

    /// `monitor LINE`: what gdb is to print.
    virtual std::string monitor(std::string_view line) = 0;
};

}  // namespace mmscope
