// SPDX-License-Identifier: GPL-2.0-or-later
// Translations that outlived their entries: the guest changed a page table and forgot to flush (SDM vol. 3,
// section 4.10.4).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "cpu/cpu.h"
#include "mmu/page_walk.h"
#include "mmu/tlb_shadow.h"

namespace mmscope {

class StateVisitor;

enum class StaleKind : uint8_t {
    Unmapped,    // the entry is not present any more
    OtherFrame,  // it names another frame
    Rights,      // it allows less: the translation may be written, or used by programs, and the entry may not
};

struct StaleTranslation {
    struct Place {
        LinearAddr block;  // of the code that did it
        VirtualTime time;
    };
    Translation translation;
    Walk now;  // what a walk finds
    StaleKind kind = StaleKind::Unmapped;
    std::optional<Place> writer;      // of the entry; none: it was not seen
    std::optional<Place> last_flush;  // the last of this page or of all; none since the watch began
};

/// Hears of fills, flushes and writes (CpuObserver), and compares. What a wider entry would allow and the
/// translation does not is no finding: a processor faults then and walks again.
class TlbAudit {
  public:
    /// `memory` must outlive it.
    explicit TlbAudit(const PhysicalReader& memory) : memory_(memory) {}

    void filled(const Walk& walk);
    void dropped(TlbDrop how, LinearAddr page, const CpuMoment& now);
    void written(const MemoryWrite& write, const CpuMoment& now);
    /// Is this word part of the page directory that was used last, or of a table that a translation came from
    /// and that its directory still names?
    [[nodiscard]] bool is_entry(PhysAddr at) const;

    /// Has anything happened since the last call that could have made a translation stale?
    [[nodiscard]] bool take_changed() { return std::exchange(changed_, false); }
    /// Ascending by page. `mode` is the processor's.
    [[nodiscard]] std::vector<StaleTranslation> find_stale(const TlbShadow& tlb,
                                                           const PagingMode& mode) const;

    /// Which words are entries: so that a machine that goes on elsewhere still knows them.
    void state(StateVisitor& visitor);
    /// The machine has gone back to `now`: forgets who did what later.
    void go_back(VirtualTime now);

  private:
    using Place = StaleTranslation::Place;

    const PhysicalReader& memory_;
    PhysAddr directory_;
    bool changed_ = true;
    std::map<PhysAddr, PhysAddr> tables_;  // a frame that a walk went through, and the entry that named it
    std::map<PhysAddr, Place> writers_;    // the last of each entry in them
    std::map<LinearAddr, Place> invalidated_;
    std::optional<Place> flushed_;  // everything
};

}  // namespace mmscope
