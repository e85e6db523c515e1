// SPDX-License-Identifier: GPL-2.0-or-later
#include "mmu/tlb_audit.h"

#include <algorithm>
#include <array>
#include <bit>

#include "devices/state.h"

namespace mmscope {

namespace {

std::optional<StaleKind> staleness(const Translation& live, const Walk& now) {
    if (!now.present) return StaleKind::Unmapped;
    if (now.physical.page() != live.frame) return StaleKind::OtherFrame;
    if ((live.writable && !now.writable) || (live.user && !now.user)) return StaleKind::Rights;
    return std::nullopt;
}

PhysAddr word_at(PhysAddr address) {
    return PhysAddr(address.value & ~3u);
}

}  // namespace

void TlbAudit::filled(const Walk& walk) {
    if (walk.pde) directory_ = walk.pde_at.page();
    if (walk.pte) tables_[walk.pte_at.page()] = walk.pde_at;
}

bool TlbAudit::is_entry(PhysAddr at) const {
    if (at.page() == directory_) return true;
    const auto table = tables_.find(at.page());
    if (table == tables_.end()) return false;
    std::array<std::byte, 4> bytes{};
    if (!memory_.read(table->second, bytes)) return false;
    const auto entry = std::bit_cast<uint32_t>(bytes);
    return (entry & kPresent) && !(entry & kLargePage) && PhysAddr(entry).page() == at.page();
}

void TlbAudit::dropped(TlbDrop how, LinearAddr page, const CpuMoment& now) {
    const Place place{now.block, now.time};
    changed_ |= how != TlbDrop::Page;  // another directory: what is global stays, and must be in it, too
    if (how == TlbDrop::Page) {
        invalidated_[page.page()] = place;
    } else {
        flushed_ = place;
        invalidated_.clear();
    }
}

void TlbAudit::written(const MemoryWrite& write, const CpuMoment& now) {
    if (!is_entry(write.physical)) return;
    changed_ = true;
    for (uint32_t done = 0; done < std::max(write.size, 1u); done += 4)
        writers_[word_at(write.physical + done)] = {now.block, now.time};
}

void TlbAudit::state(StateVisitor& visitor) {
    std::vector<uint32_t> frames, named_by;
    for (const auto& [frame, entry] : tables_) {
        frames.push_back(frame.value);
        named_by.push_back(entry.value);
    }
    visitor.field("directory", directory_.value);
    visitor.field("tables", frames);
    visitor.field("named_by", named_by);
    tables_.clear();
    for (size_t i = 0; i < std::min(frames.size(), named_by.size()); ++i)
        tables_[PhysAddr(frames[i]).page()] = PhysAddr(named_by[i]);
}

void TlbAudit::go_back(VirtualTime now) {
    const auto later = [now](const auto& entry) { return entry.second.time > now; };
    std::erase_if(writers_, later);
    std::erase_if(invalidated_, later);
    if (flushed_ && flushed_->time > now) flushed_.reset();
    changed_ = true;
}

std::vector<StaleTranslation> TlbAudit::find_stale(const TlbShadow& tlb, const PagingMode& mode) const {
    std::vector<StaleTranslation> stale;
    tlb.for_each([&](const Translation& live) {
        const Walk now = walk_page(memory_, mode, live.page);
        const auto kind = staleness(live, now);
        if (!kind) return;
        StaleTranslation found{
            .translation = live, .now = now, .kind = *kind, .writer = {}, .last_flush = flushed_};
        for (const auto& [present, at] :
             {std::pair{now.pte.has_value(), now.pte_at}, {now.pde.has_value(), now.pde_at}}) {
            const auto writer = writers_.find(word_at(at));
            if (present && writer != writers_.end() && !found.writer) found.writer = writer->second;
        }
        const auto page = invalidated_.find(live.page);
        if (page != invalidated_.end()) found.last_flush = page->second;
        stale.push_back(found);
    });
    return stale;
}

}  // namespace mmscope
