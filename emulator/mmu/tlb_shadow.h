// SPDX-License-Identifier: GPL-2.0-or-later
// The TLB as the guest must assume it: every translation since the last flush, and counts of what happened.
//
// With the own MMU this is the machine's TLB itself, of unlimited size: Unicorn's own is only a cache of it,
// whose evictions depend on the host and so must not be seen. A stale translation therefore stays in use
// until the guest invalidates it, which is what SDM vol. 3, section 4.10.2 allows and kernels must expect.
// With Unicorn's MMU fills happen out of sight: only flushes and invalidations are known then.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "base/address.h"

namespace mmscope {

class StateVisitor;

/// Events of a TLB. All are pure functions of what the guest executed.
struct TlbCounters {
    uint64_t fills = 0;    // a translation was entered that was not live
    uint64_t refills = 0;  // a live one was asked for again: by the other privilege, for the first write,
                           // or because MOV CR3 made the engine forget a global page
    uint64_t flushes = 0;  // MOV CR3, or a write to CR0 or CR4 that changes translation
    uint64_t invalidations = 0;  // INVLPG

    friend bool operator==(const TlbCounters&, const TlbCounters&) = default;
};

/// One live translation of one page of 4 KiB (a 4 MiB page appears as the pieces that were used).
struct Translation {
    LinearAddr page;
    PhysAddr frame;
    bool writable = false;  // R/W in every level
    bool user = false;      // U/S in every level
    bool global = false;
    bool large = false;
    bool dirty = false;  // D was already set: a write needs no walk

    friend bool operator==(const Translation&, const Translation&) = default;
};

/// Why the engine asks. Bits of a set: which questions a translation has already answered. A fetch is a read:
/// the engine's entry allows both. An entry of a dirty page, or made by a write, also allows writes.
enum class TlbUse : uint8_t { SupervisorRead = 1, SupervisorWrite = 2, UserRead = 4, UserWrite = 8 };

class TlbShadow {
  public:
    /// `sees_fills`: false under Unicorn's MMU; then fills and refills stay unknown, not zero.
    explicit TlbShadow(bool sees_fills);

    [[nodiscard]] bool sees_fills() const { return sees_fills_; }
    /// The live translation of `address`, if any.
    [[nodiscard]] std::optional<Translation> find(LinearAddr address) const;
    /// In ascending order of pages.
    void for_each(const std::function<void(const Translation&)>& visit) const;

    [[nodiscard]] const TlbCounters& total() const { return total_; }
    /// Keyed by CR3 (without its flag bits). Fills and refills are meaningful if sees_fills().
    [[nodiscard]] const std::map<uint32_t, TlbCounters>& by_space() const { return by_space_; }
    /// Keyed by what set_process() was given; nothing before its first call.
    [[nodiscard]] const std::map<uint32_t, TlbCounters>& by_process() const { return by_process_; }

    /// Attributes later events to process `pid`. The machine does not know what a process is; an observer
    /// does.
    void set_process(uint32_t pid);

    /// Live translations in ascending order, counts, and whom later events are attributed to. What a loader
    /// yields may be nonsense, but is never outside of guest memory's address space.
    void state(StateVisitor& visitor);

    // What the processor reports.
    void reset();
    void enter(const Translation& translation, TlbUse use);
    /// The engine asks again for a live translation.
    void reuse(LinearAddr page, TlbUse use);
    void load_directory(PhysAddr directory);
    void flush_all();
    /// True if a 4 MiB page may stand there: every piece of it is dropped then, used or not.
    bool invalidate(LinearAddr address);
    /// Forgets one translation without counting: the processor drops it when it faults (SDM 4.10.4.1).
    void drop(LinearAddr page);

  private:
    struct Slot {
        uint32_t frame_and_flags = 0;
        uint16_t uses = 0;
        uint16_t engine_epoch = 0;
        uint32_t generation = 0;  // live if equal to generation_, or global and equal to global_generation_
    };
    struct Table {
        std::array<Slot, 1024> slots;
        bool has_large = false;  // some slot was a piece of a 4 MiB page
    };

    [[nodiscard]] const Slot* find_live(LinearAddr address) const;
    [[nodiscard]] Slot* find_live(LinearAddr address);
    Slot& slot(LinearAddr address);
    void next_generation(bool globals_too);
    void state_of_slots(StateVisitor& visitor);
    template <class Count>
    void count(Count member);

    bool sees_fills_;
    std::array<std::unique_ptr<Table>, 1024> tables_;
    uint32_t generation_ = 2;         // even numbers: never equal to a global one
    uint32_t global_generation_ = 1;  // odd numbers
    uint16_t engine_epoch_ = 1;
    TlbCounters total_;
    std::map<uint32_t, TlbCounters> by_space_;
    std::map<uint32_t, TlbCounters> by_process_;
    TlbCounters* space_ = nullptr;
    TlbCounters* process_ = nullptr;
};

}  // namespace mmscope
