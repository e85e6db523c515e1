// SPDX-License-Identifier: GPL-2.0-or-later
// The TLB in a snapshot: what the guest may still use is part of the machine.
#include <algorithm>
#include <deque>

#include "devices/state.h"
#include "mmu/tlb_shadow.h"

namespace mmscope {
namespace {

/// More directories or processes than a machine can have: a file that asks for memory.
constexpr size_t kMostKeys = 1u << 20;

void visit(StateVisitor& visitor, TlbCounters& counters) {
    visitor.field("fills", counters.fills);
    visitor.field("refills", counters.refills);
    visitor.field("flushes", counters.flushes);
    visitor.field("invalidations", counters.invalidations);
}

void visit(StateVisitor& visitor, std::map<uint32_t, TlbCounters>& by_key) {
    std::deque<uint32_t> keys;
    for (const auto& [key, counters] : by_key)
        keys.push_back(key);
    visitor.field("keys", keys);
    if (keys.size() > kMostKeys) keys.clear();
    // Kept where they stand: pointers into the map stay good.
    std::erase_if(by_key, [&keys](const auto& entry) {
        return std::find(keys.begin(), keys.end(), entry.first) == keys.end();
    });
    for (const uint32_t key : keys)
        visit(visitor, by_key[key]);
}

/// Whose counters these are; 0 for nobody's.
uint32_t key_of(const std::map<uint32_t, TlbCounters>& by_key, const TlbCounters* wanted) {
    for (const auto& [key, counters] : by_key) {
        if (&counters == wanted) return key;
    }
    return 0;
}

}  // namespace

void TlbShadow::state(StateVisitor& visitor) {
    uint32_t space = key_of(by_space_, space_), process = key_of(by_process_, process_);
    bool attributed = process_ != nullptr;
    visit(visitor, total_);
    visit(visitor, by_space_);
    visit(visitor, by_process_);
    visitor.field("space", space);
    visitor.field("process", process);
    visitor.field("attributed", attributed);
    space_ = &by_space_[space];
    process_ = attributed ? &by_process_[process] : nullptr;
    // The numbers themselves: when they run out, what was live and global is lost.
    visitor.field("generation", generation_);
    visitor.field("global_generation", global_generation_);
    visitor.field("engine_epoch", engine_epoch_);
    generation_ = std::max(generation_ & ~1u, 2u);
    global_generation_ |= 1;
    engine_epoch_ = std::max<uint16_t>(engine_epoch_, 1);
    state_of_slots(visitor);
}

/// A use of an earlier epoch of the engine counts for nothing any more: it is written as none.
void TlbShadow::state_of_slots(StateVisitor& visitor) {
    std::deque<uint32_t> pages, frames;
    std::deque<uint16_t> uses;
    std::deque<bool> globals;
    for_each([&](const Translation& translation) {
        const Slot& slot = *find_live(translation.page);
        pages.push_back(translation.page.value);
        frames.push_back(slot.frame_and_flags);
        uses.push_back(slot.engine_epoch == engine_epoch_ ? slot.uses : uint16_t{0});
        globals.push_back(slot.generation == global_generation_);
    });
    visitor.field("pages", pages);
    visitor.field("frames", frames);
    visitor.field("uses", uses);
    visitor.field("globals", globals);
    frames.resize(pages.size());
    uses.resize(pages.size());
    globals.resize(pages.size());
    for (size_t i = 0; i < pages.size(); ++i) {
        Slot& target = slot(LinearAddr(pages[i]));
        target = {.frame_and_flags = frames[i],
                  .uses = uses[i],
                  .engine_epoch = engine_epoch_,
                  .generation = globals[i] ? global_generation_ : generation_};
        if (find(LinearAddr(pages[i]))->large) tables_[pages[i] >> 22]->has_large = true;
    }
}

}  // namespace mmscope
