// SPDX-License-Identifier: GPL-2.0-or-later
// Linear memory as the processor itself sees it while it delivers an exception.
#pragma once

#include "cpu/cpu.h"
#include "cpu/exceptions.h"
#include "mmu/page_access.h"

namespace mmscope {

/// Walks the tables at each access and sets A and D; never through a TLB. Outside RAM the bus answers.
class PagedSupervisorMemory final : public SupervisorMemory {
  public:
    PagedSupervisorMemory(PhysicalMemory& memory, const PagingMode& mode, CpuPins& pins)
        : memory_(memory), mode_(mode), pins_(pins) {}

    std::expected<uint32_t, Interruption> read(LinearAddr address, Width width) override;
    std::optional<Interruption> probe_write(LinearAddr address, uint32_t size) override;
    std::optional<Interruption> write(LinearAddr address, Width width, uint32_t value) override;

    /// The frames written since the last call, at most two: a delivery touches no more.
    struct Touched {
        std::array<PhysAddr, 2> frames{};
        uint32_t count = 0;
    };
    [[nodiscard]] const Touched& touched() const { return touched_; }
    void forget_touched() { touched_.count = 0; }

  private:
    std::expected<PhysAddr, Interruption> translate(LinearAddr address, Access access);
    void note(PhysAddr address);

    PhysicalMemory& memory_;
    const PagingMode& mode_;
    CpuPins& pins_;
    Touched touched_;
};

}  // namespace mmscope
