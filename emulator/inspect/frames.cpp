// SPDX-License-Identifier: GPL-2.0-or-later
// All user page tables turned round, and the guest's reverse map beside it.
#include "inspect/frames.h"

#include <fmt/format.h>

#include <algorithm>

namespace mmscope {

namespace {

constexpr uint32_t kAnonymousBit = 1;  // PAGE_MAPPING_ANON

}  // namespace

std::string_view to_string(FrameKind kind) {
    switch (kind) {
        case FrameKind::Free:
            return "free";
        case FrameKind::Reserved:
            return "reserved";
        case FrameKind::Slab:
            return "slab";
        case FrameKind::Directory:
            return "page directory";
        case FrameKind::Table:
            return "page table";
        case FrameKind::Anonymous:
            return "anonymous";
        case FrameKind::SwapCache:
            return "swap cache";
        case FrameKind::File:
            return "file";
        case FrameKind::Kernel:
            break;
    }
    return "kernel";
}

bool RmapArea::may_show(uint32_t index, LinearAddr address) const {
    if (address < start || address >= end) return false;
    return (flags & kVmNonlinear) != 0 || address_of(index) == address;
}

LinearAddr RmapArea::address_of(uint32_t index) const {
    const uint32_t page = index - pgoff;
    if ((flags & kVmNonlinear) != 0 || page >= (end - start) >> kPageShift) return {};
    return start + (page << kPageShift);
}

FrameMap::FrameMap(const WholeMoment& whole) : whole_(whole), reverse_(whole.kernel()) {
    const AuditState& state = whole.state();
    for (const AuditMm& mm : state.mms) {
        for (const AuditPte& pte : mm.entries) {
            if (!pte.present() || pte.pfn() >= state.pages.size()) continue;
            const AuditVma* vma = vma_of(mm, pte.address);
            if (state.normal_page(pte, vma ? vma->flags : 0) != nullptr)
                mappings_.push_back({pte.pfn(), &mm, pte, vma});
        }
    }
    std::ranges::stable_sort(mappings_, {}, &FrameMapping::frame);
    add_tables();
}

void FrameMap::add_tables() {
    constexpr uint32_t kTableReach = kPageSize * 1024;
    for (const AuditMm& mm : whole_.state().mms) {
        if (!mm.has_directory) continue;
        const std::string owner =
            fmt::format("mm 0x{:08x}, {} ({})", mm.at.value, mm.pid, whole_.comm_of(mm.pid));
        tables_.try_emplace(mm.directory.page_number(), FrameKind::Directory, "page directory of " + owner);
        for (uint32_t i = 0; i < std::min<size_t>(kUserEntries, mm.pdes.size()); ++i) {
            if ((mm.pdes[i] & kPresent) == 0 || (mm.pdes[i] & kLargePage) != 0) continue;
            tables_.try_emplace(mm.pdes[i] >> kPageShift, FrameKind::Table,
                                fmt::format("page table of {}, for {:08x}-{:08x}", owner, i * kTableReach,
                                            i * kTableReach + (kTableReach - 1)));
        }
    }
}

FrameKind FrameMap::kind(uint32_t frame) const {
    const AuditState& state = whole_.state();
    const AuditPage& page = state.pages[frame];
    const AuditLayouts::Page& layout = whole_.layouts().page;
    if (state.has_bit(page, layout.bit_reserved)) return FrameKind::Reserved;
    if (state.has_bit(page, layout.bit_slab)) return FrameKind::Slab;
    if (page.count == 0 || state.has_bit(page, layout.bit_buddy)) return FrameKind::Free;
    if (const auto table = tables_.find(frame); table != tables_.end()) return table->second.first;
    if (state.has_bit(page, layout.bit_swapcache)) return FrameKind::SwapCache;
    if (page.anonymous()) return FrameKind::Anonymous;
    return page.mapping.value != 0 ? FrameKind::File : FrameKind::Kernel;
}

std::vector<FrameMapping> FrameMap::mappings(uint32_t frame) const {
    const auto range = std::ranges::equal_range(mappings_, frame, {}, &FrameMapping::frame);
    return {range.begin(), range.end()};
}

std::vector<RmapArea> FrameMap::read_areas(const AuditPage& page) {
    const AuditLayouts::Vma& layout = whole_.layouts().vma;
    std::vector<RmapArea> areas;
    const RecordVisitor take = [&](const Record& area) {
        Record vma;
        if (areas_left_ == 0 || !whole_.state().read(layout.layout, area.at(), vma)) return false;
        --areas_left_;
        areas.push_back({.vma = vma.at(),
                         .mm = vma.pointer(layout.vm_mm),
                         .start = vma.pointer(layout.vm_start),
                         .end = vma.pointer(layout.vm_end),
                         .pgoff = vma.u32(layout.vm_pgoff),
                         .flags = vma.u32(layout.vm_flags)});
        return true;
    };
    const LinearAddr owner(page.mapping.value & ~kAnonymousBit);
    if (page.anonymous()) {
        reverse_.for_each_vma_of_anon(owner, take, problems_);
    } else {
        reverse_.for_each_vma_of_file(owner, {0, UINT32_MAX}, take, problems_);
    }
    if (areas_left_ == 0) report(problems_, "the reverse map leads to more areas than there can be");
    return areas;
}

const std::vector<RmapArea>& FrameMap::areas(uint32_t frame) {
    const AuditPage& page = whole_.state().pages[frame];
    const FrameKind what = kind(frame);
    static const std::vector<RmapArea> kNone;
    const bool owned =
        what == FrameKind::Anonymous || what == FrameKind::SwapCache || what == FrameKind::File;
    if (!owned || page.mapping.value == 0 || !reverse_.exists()) return kNone;
    const auto [known, fresh] = areas_.try_emplace(page.mapping.value);
    if (fresh) known->second = read_areas(page);
    return known->second;
}

std::vector<std::string> FrameMap::disagreements(uint32_t frame) {
    const AuditPage& page = whole_.state().pages[frame];
    const std::vector<FrameMapping> mapped = mappings(frame);
    const FrameKind what = kind(frame);
    std::vector<std::string> found;
    if (what == FrameKind::Reserved) return found;
    if (page.mapcount != static_cast<int64_t>(mapped.size())) {
        found.push_back(fmt::format("its mapcount is {}, and {} entr{} it", page.mapcount, mapped.size(),
                                    mapped.size() == 1 ? "y maps" : "ies map"));
    }
    const bool allocators = what == FrameKind::Free || what == FrameKind::Slab ||
                            what == FrameKind::Directory || what == FrameKind::Table;
    if (allocators && !mapped.empty())
        found.push_back(fmt::format("a {} frame that programs can use", to_string(what)));
    if (allocators || what == FrameKind::Kernel || !reverse_.exists()) return found;
    const std::vector<RmapArea>& guests = areas(frame);
    for (const FrameMapping& mapping : mapped) {
        if (comparisons_left_ < guests.size()) {
            report(problems_,
                   fmt::format("frame {} and those behind it were not compared: too much to do", frame));
            break;
        }
        comparisons_left_ -= static_cast<uint32_t>(guests.size());
        const bool reached = std::ranges::any_of(guests, [&](const RmapArea& area) {
            return area.mm == mapping.mm->at && area.may_show(page.index, mapping.pte.address);
        });
        if (!reached)
            found.push_back(fmt::format("the reverse map does not lead to 0x{:08x} of mm 0x{:08x}",
                                        mapping.pte.address.value, mapping.mm->at.value));
    }
    return found;
}

std::string FrameMap::table_of(uint32_t frame) const {
    const auto table = tables_.find(frame);
    return table == tables_.end() ? "" : table->second.second;
}

}  // namespace mmscope
