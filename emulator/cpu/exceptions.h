// SPDX-License-Identifier: GPL-2.0-or-later
// Delivery of interrupts and exceptions through IDT, GDT, LDT and TSS, as SDM vol. 3, chapter 6 has it.
//
// Pure: a processor state and a view of linear memory go in, a new state or a nested fault comes out.
// Not modelled: task gates (the machine stops and says so), and the Accessed bit of the descriptors read
// here.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/address.h"
#include "cpu/cpu_state.h"
#include "devices/device.h"

namespace mmscope {

enum Vector : uint8_t {
    kDivideError = 0,
    kDebug = 1,
    kBreakpoint = 3,
    kOverflow = 4,
    kInvalidOpcode = 6,
    kDeviceNotAvailable = 7,
    kDoubleFault = 8,
    kInvalidTss = 10,
    kSegmentNotPresent = 11,
    kStackFault = 12,
    kGeneralProtection = 13,
    kPageFaultVector = 14,
};

/// "#PF", "#GP", or "vector 32".
std::string vector_name(uint8_t vector);
/// True if delivery pushes an error code (SDM vol. 3, table 6-1).
bool pushes_error_code(uint8_t vector);

enum class Origin : uint8_t {
    Hardware,   // from the interrupt controller
    Exception,  // a fault or trap of an instruction
    Software,   // INT n, INT3, INTO: the gate's DPL counts
};

/// Something to be delivered.
struct Interruption {
    uint8_t vector = 0;
    Origin origin = Origin::Exception;
    uint32_t error_code = 0;             // if the vector pushes one
    std::optional<LinearAddr> cr2 = {};  // #PF only
    uint8_t instruction_length = 0;      // Software only: EIP is behind it, a fault of its delivery before it
};

/// Linear memory with the rights of the supervisor, whatever CPL is. A refused access yields the #PF.
class SupervisorMemory {
  public:
    virtual ~SupervisorMemory() = default;
    virtual std::expected<uint32_t, Interruption> read(LinearAddr address, Width width) = 0;
    /// Eight bytes, the lower four first: what a descriptor or a gate is.
    virtual std::expected<uint64_t, Interruption> read_quad(LinearAddr address);
    /// Checks without writing that [address, address + size) may be written.
    virtual std::optional<Interruption> probe_write(LinearAddr address, uint32_t size) = 0;
    virtual std::optional<Interruption> write(LinearAddr address, Width width, uint32_t value) = 0;
};

/// What delivery did to the stack.
struct Delivered {
    LinearAddr frame;  // where the error code stands, or the EIP slot if there is none
    uint8_t old_cpl = 0;
};

using DeliveryResult = std::expected<Delivered, Interruption>;

/// One attempt. On a nested fault `state` is unchanged.
/// The IDT entry is a task gate: reported through `unsupported`, with nothing changed.
DeliveryResult deliver_once(CpuState& state, SupervisorMemory& memory, const Interruption& what,
                            std::optional<std::string>& unsupported);

/// All that was raised while one event was delivered, in order. Six is the longest chain there can be.
struct InterruptionChain {
    std::array<Interruption, 8> steps{};
    uint32_t count = 0;

    void add(const Interruption& step) {
        if (count < steps.size()) steps[count++] = step;
    }
    [[nodiscard]] const Interruption& last() const { return steps[count - 1]; }
};

struct DeliveryOutcome {
    std::optional<Delivered> delivered;  // none: shutdown
    InterruptionChain chain;             // the last is the one that was delivered, or failed
    std::optional<std::string> unsupported;

    /// Meaningful if nothing was delivered: several lines, one for each step of the chain.
    [[nodiscard]] std::string shutdown_reason() const;
};

/// Delivers `what`, and whatever its delivery raises, to the end: nested faults by SDM table 6-5, #DF,
/// shutdown.
DeliveryOutcome deliver(CpuState& state, SupervisorMemory& memory, const Interruption& what);

}  // namespace mmscope
