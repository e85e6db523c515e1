// SPDX-License-Identifier: GPL-2.0-or-later
// A two-level array over all pages; a flush only moves a generation number on.
#include "mmu/tlb_shadow.h"

#include <utility>

#include "base/check.h"

namespace mmscope {
namespace {

enum SlotFlag : uint32_t {
    kSlotWritable = 1,
    kSlotUser = 2,
    kSlotGlobal = 4,
    kSlotLarge = 8,
    kSlotDirty = 16
};

uint32_t pack(const Translation& translation) {
    return translation.frame.page().value | (translation.writable ? kSlotWritable : 0u) |
           (translation.user ? kSlotUser : 0u) | (translation.global ? kSlotGlobal : 0u) |
           (translation.large ? kSlotLarge : 0u) | (translation.dirty ? kSlotDirty : 0u);
}

/// Every use that the engine's entry allows once this one was answered: it will not ask for those again,
/// unless it evicted the entry.
uint16_t answered(TlbUse use, bool dirty) {
    constexpr unsigned kSupervisor = 3, kUser = 12, kWrites = 10;
    const auto bit = static_cast<unsigned>(use);
    if (!dirty && !(bit & kWrites)) return static_cast<uint16_t>(bit);
    return bit & kUser ? kUser : kSupervisor;
}

Translation unpack(LinearAddr page, uint32_t packed) {
    return {.page = page.page(),
            .frame = PhysAddr(packed & kPageMask),
            .writable = (packed & kSlotWritable) != 0,
            .user = (packed & kSlotUser) != 0,
            .global = (packed & kSlotGlobal) != 0,
            .large = (packed & kSlotLarge) != 0,
            .dirty = (packed & kSlotDirty) != 0};
}

}  // namespace

TlbShadow::TlbShadow(bool sees_fills) : sees_fills_(sees_fills) {
    reset();
}

void TlbShadow::reset() {
    for (auto& table : tables_)
        table.reset();
    total_ = {};
    by_space_.clear();
    by_process_.clear();
    process_ = nullptr;
    space_ = &by_space_[0];
}

template <class Count>
void TlbShadow::count(Count member) {
    ++(total_.*member);
    ++(space_->*member);
    if (process_ != nullptr) ++(process_->*member);
}

void TlbShadow::set_process(uint32_t pid) {
    process_ = &by_process_[pid];
}

const TlbShadow::Slot* TlbShadow::find_live(LinearAddr address) const {
    const Table* table = tables_[address.value >> 22].get();
    if (table == nullptr) return nullptr;
    const Slot& found = table->slots[address.value >> 12 & 1023];
    const bool live = found.generation == generation_ || found.generation == global_generation_;
    return live ? &found : nullptr;
}

TlbShadow::Slot* TlbShadow::find_live(LinearAddr address) {
    return const_cast<Slot*>(std::as_const(*this).find_live(address));
}

TlbShadow::Slot& TlbShadow::slot(LinearAddr address) {
    auto& table = tables_[address.value >> 22];
    if (!table) table = std::make_unique<Table>();
    return table->slots[address.value >> 12 & 1023];
}

std::optional<Translation> TlbShadow::find(LinearAddr address) const {
    const Slot* found = find_live(address);
    if (found == nullptr) return std::nullopt;
    return unpack(address, found->frame_and_flags);
}

void TlbShadow::for_each(const std::function<void(const Translation&)>& visit) const {
    for (uint32_t top = 0; top < tables_.size(); ++top) {
        if (!tables_[top]) continue;
        for (uint32_t index = 0; index < 1024; ++index) {
            const LinearAddr page(top << 22 | index << 12);
            if (const Slot* found = find_live(page)) visit(unpack(page, found->frame_and_flags));
        }
    }
}

void TlbShadow::enter(const Translation& translation, TlbUse use) {
    Slot& target = slot(translation.page);
    const bool live = find_live(translation.page) != nullptr;
    if (translation.large) tables_[translation.page.value >> 22]->has_large = true;
    target.frame_and_flags = pack(translation);
    target.generation = translation.global ? global_generation_ : generation_;
    if (live) {
        reuse(translation.page, use);
        return;
    }
    target.uses = answered(use, translation.dirty);
    target.engine_epoch = engine_epoch_;
    count(&TlbCounters::fills);
}

void TlbShadow::reuse(LinearAddr page, TlbUse use) {
    Slot* found = find_live(page);
    CHECK(found != nullptr);
    if (found->engine_epoch != engine_epoch_) {
        found->engine_epoch = engine_epoch_;
        found->uses = 0;
    }
    // If it was answered, the engine evicted it for reasons of its own: not an event of the guest.
    if (found->uses & static_cast<uint16_t>(use)) return;
    const uint16_t more = answered(use, (found->frame_and_flags & kSlotDirty) != 0);
    found->uses = static_cast<uint16_t>(found->uses | more);
    count(&TlbCounters::refills);
}

void TlbShadow::next_generation(bool globals_too) {
    generation_ += 2;
    if (globals_too) global_generation_ += 2;
    ++engine_epoch_;
    if (generation_ >= UINT32_MAX - 2 || engine_epoch_ == 0) {
        // A number is about to return: old slots would come back to life. Start over with empty tables;
        // what was live and global is lost, which a TLB may always do.
        for (auto& table : tables_)
            table.reset();
        generation_ = 2;
        global_generation_ = 1;
        engine_epoch_ = 1;
    }
}

void TlbShadow::load_directory(PhysAddr directory) {
    count(&TlbCounters::flushes);
    next_generation(false);
    space_ = &by_space_[directory.page().value];
}

void TlbShadow::flush_all() {
    count(&TlbCounters::flushes);
    next_generation(true);
}

bool TlbShadow::invalidate(LinearAddr address) {
    count(&TlbCounters::invalidations);
    if (Slot* found = find_live(address)) found->generation = 0;
    Table* table = tables_[address.value >> 22].get();
    if (table == nullptr || !table->has_large) return false;
    // The page of 4 MiB is one translation, whichever of its pieces were used.
    for (Slot& piece : table->slots) {
        if (piece.frame_and_flags & kSlotLarge) piece.generation = 0;
    }
    table->has_large = false;
    return true;
}

void TlbShadow::drop(LinearAddr page) {
    if (Slot* found = find_live(page)) found->generation = 0;
}

}  // namespace mmscope
