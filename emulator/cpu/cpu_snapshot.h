// SPDX-License-Identifier: GPL-2.0-or-later
// Everything of the processor that a later run depends on, as a plain value: what a snapshot holds of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "cpu/cpu.h"
#include "cpu/cpu_state.h"
#include "devices/scheduler.h"
#include "mmu/page_walk.h"

namespace mmscope {

class StateVisitor;

/// x87 and SSE (SDM vol. 1, 8.1 and 10.2). `registers` are the physical R0 to R7, not ST(i).
struct FloatState {
    std::array<std::array<uint8_t, 10>, 8> registers{};
    std::array<std::array<uint8_t, 16>, 8> xmm{};
    uint16_t control = 0, status = 0, tag = 0, opcode = 0;
    uint16_t code_selector = 0, data_selector = 0;
    uint32_t code_offset = 0, data_offset = 0;
    uint32_t mxcsr = 0;
};

struct CpuSnapshot {
    CpuState state;
    FloatState floats;
    std::array<uint32_t, 8> debug{};  // DR0 to DR7
    uint64_t instructions = 0;
    uint64_t fault_sequence = 0;
    uint32_t resume_eip = 0;  // where the engine starts again
    bool halted = false;
    bool shut_down = false;
    /// The next block is no border for interrupts; the deadline that applies behind it.
    bool quiet = false;
    VirtualTime quiet_deadline;
    /// The instruction at EIP may read one supervisor page at CPL 3: blocks that this still holds for.
    uint8_t one_shot = 0;
    LinearAddr one_shot_page;
    /// A debugger stopped in the middle of a block: where the block begins, and where it goes on.
    bool left = false;
    uint32_t left_block = 0, left_at = 0;
    /// What deliveries have cached (PagedSupervisorMemory::state).
    std::vector<uint8_t> supervisor;
    std::string report;  // Cpu::shutdown_report

    /// What CR0, CR3 and CR4 say of translation.
    [[nodiscard]] PagingMode paging() const;
    [[nodiscard]] CpuRegisters registers() const;
};

CpuRegisters registers_of(const CpuState& state);

/// Error: no guest can bring the processor into this state.
Result<void> validate(const CpuSnapshot& cpu);

/// Shows every field; a saver reads them, a loader writes them.
void visit(StateVisitor& visitor, CpuSnapshot& cpu);

}  // namespace mmscope
