// SPDX-License-Identifier: GPL-2.0-or-later
// Linear memory as the processor itself sees it while it delivers an exception.
#pragma once

#include <array>
#include <cstddef>

#include "cpu/cpu.h"
#include "cpu/exceptions.h"
#include "mmu/page_access.h"

namespace mmscope {

class StateVisitor;

/// Walks the tables and sets A and D, and remembers a few translations like a TLB of its own: the tables and
/// the stack of every delivery are the same pages. Outside RAM the bus answers.
class PagedSupervisorMemory final : public SupervisorMemory {
  public:
    PagedSupervisorMemory(PhysicalMemory& memory, const PagingMode& mode, CpuPins& pins)
        : memory_(memory), mode_(mode), pins_(pins) {}

    std::expected<uint32_t, Interruption> read(LinearAddr address, Width width) override;
    std::expected<uint64_t, Interruption> read_quad(LinearAddr address) override;
    std::optional<Interruption> probe_write(LinearAddr address, uint32_t size) override;
    std::optional<Interruption> write(LinearAddr address, Width width, uint32_t value) override;

    /// The guest flushed or invalidated: forget every translation.
    void flush() { pages_.fill({}); }
    /// The remembered translations: whether a delivery sets A and D again depends on them.
    void state(StateVisitor& visitor);

    /// The frames written since the last call, at most two: a delivery touches no more.
    struct Touched {
        std::array<PhysAddr, 2> frames{};
        uint32_t count = 0;
    };
    [[nodiscard]] const Touched& touched() const { return touched_; }
    void forget_touched() { touched_.count = 0; }

  private:
    struct Page {
        uint32_t number = kNone;
        bool writable = false;      // D is set and a write is allowed
        std::byte* host = nullptr;  // none: not RAM
        PhysAddr frame;
    };
    static constexpr uint32_t kNone = UINT32_MAX;
    static constexpr size_t kPages = 16;

    std::expected<const Page*, Interruption> find_page(LinearAddr address, Access access);
    std::expected<const Page*, Interruption> walk(LinearAddr address, Access access, Page& page);
    void note(PhysAddr frame);
    [[nodiscard]] std::byte* host_of(PhysAddr frame) const {
        return memory_.contains(frame, kPageSize) ? memory_.bytes().data() + frame.value : nullptr;
    }

    PhysicalMemory& memory_;
    const PagingMode& mode_;
    CpuPins& pins_;
    std::array<Page, kPages> pages_;
    Touched touched_;
};

}  // namespace mmscope
