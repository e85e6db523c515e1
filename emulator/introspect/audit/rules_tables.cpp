// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about page tables, read from the physical frames of each directory: INV-11, 12, 20, 21, 24, 46.
#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

constexpr uint32_t kSetByCpu = kAccessed | kDirty;

/// Calls visit(entry, area) for each entry with the area it lies in, or null.
template <class Visit>
void for_each_entry(const AuditMm& mm, Visit visit) {
    size_t index = 0;
    for (const AuditPte pte : mm.entries) {
        while (index < mm.vmas.size() && mm.vmas[index].end <= pte.address)
            ++index;
        const bool inside = index < mm.vmas.size() && mm.vmas[index].start <= pte.address;
        visit(pte, inside ? &mm.vmas[index] : nullptr);
    }
}

bool can_be_read(const AuditMm& mm) {
    return mm.has_directory && mm.list_problem.empty() && mm.tables_problem.empty();
}

}  // namespace

void audit_rss(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!can_be_read(mm) || state.pages.empty()) return;
    uint32_t anon = 0, file = 0;
    for_each_entry(mm, [&](AuditPte pte, const AuditVma* vma) {
        if (const AuditPage* page = state.normal_page(pte, vma ? vma->flags : 0))
            ++(page->anonymous() ? anon : file);
    });
    const AuditLayouts::Mm& layout = state.layouts.mm;
    sink.equal(&mm, layout.file_rss ? "_anon_rss" : "anon_rss", mm.u32(layout.anon_rss), anon);
    if (layout.file_rss) sink.equal(&mm, "_file_rss", mm.u32(layout.file_rss), file);
}

bool split_rss_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.anon_rss);
}

bool one_rss_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.rss);
}

void audit_one_rss(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!can_be_read(mm) || state.pages.empty()) return;
    uint32_t resident = 0;
    for_each_entry(mm, [&](AuditPte pte, const AuditVma* vma) {
        resident += state.normal_page(pte, vma ? vma->flags : 0) != nullptr;
    });
    const uint32_t rss = mm.u32(state.layouts.mm.rss);
    if (state.meaning().exact_rss) return sink.equal(&mm, "rss", rss, resident);
    // What reclaim took from the parent in the middle of fork, the child never had.
    sink.require(rss >= resident, &mm, nullptr, "rss", rss, fmt::format("at least {}", resident));
}

void audit_nr_ptes(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (mm.has_directory) sink.equal(&mm, "nr_ptes", mm.u32(state.layouts.mm.nr_ptes), mm.tables);
}

/// Entries of the linear map are everywhere the same; those of vmalloc may lag behind (0).
void audit_directory(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const LinearAddr pgd = mm.pointer(state.layouts.mm.pgd);
    sink.require(mm.has_directory, &mm, nullptr, "pgd", pgd.value, "a page-aligned page of the kernel");
    sink.require(mm.tables_problem.empty(), &mm, nullptr, mm.tables_problem, 0, "a page table in RAM");
    if (!mm.has_directory || state.init_mm.pdes.empty()) return;
    constexpr uint32_t kTable = kPresent | kWritable | kUser;
    for (uint32_t i = 0; i < kUserEntries; ++i) {
        const uint32_t pde = mm.pdes[i] & ~kSetByCpu;
        if (pde != 0 && (pde & ~kPageMask) != kTable)
            sink.require(false, &mm, nullptr, fmt::format("directory entry {}", i), pde,
                         "0, or a page table, present, read-write, user");
    }
    for (uint32_t i = kUserEntries; i < mm.pdes.size(); ++i) {
        const uint32_t own = mm.pdes[i] & ~kSetByCpu, master = state.init_mm.pdes[i] & ~kSetByCpu;
        const bool linear_map = (master & (kPresent | kLargePage)) == (kPresent | kLargePage);
        sink.require(own == master || (own == 0 && !linear_map), &mm, nullptr,
                     fmt::format("directory entry {}", i), own,
                     fmt::format("0x{:08x}, as in init_mm", master));
    }
}

void audit_entries_in_areas(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!can_be_read(mm)) return;
    for_each_entry(mm, [&](AuditPte pte, const AuditVma* vma) {
        sink.require(vma != nullptr, &mm, nullptr, fmt::format("entry of 0x{:08x}", pte.address.value),
                     pte.value, "0, as no area is there");
        const bool raw = (pte.value & kPteSpecial) != 0 || (vma && (vma->flags & (kVmPfnMap | kVmIo)) != 0);
        sink.require(raw || !pte.present() || state.pages.empty() || pte.pfn() < state.pages.size(), &mm, vma,
                     fmt::format("entry of 0x{:08x}", pte.address.value), pte.value, "a frame that exists");
    });
}

void audit_cow(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!can_be_read(mm) || !state.all_mms_known || state.atomic) return;
    for_each_entry(mm, [&](AuditPte pte, const AuditVma* vma) {
        if (!vma || (vma->flags & kVmShared) != 0 || (pte.value & kWritable) == 0) return;
        const AuditPage* page = state.normal_page(pte, vma->flags);
        if (!page || page->mapped == 1) return;
        sink.wrong(&mm, vma->at,
                   fmt::format("mappings of the frame of private writable 0x{:08x}", pte.address.value),
                   fmt::format("{}", page->mapped), "1");
    });
}

void audit_dead(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    sink.equal(&mm, "nr_ptes of a dead space", mm.u32(layout.nr_ptes), 0);
    sink.equal(&mm, "_anon_rss of a dead space", mm.u32(layout.anon_rss), 0);
    sink.equal(&mm, "_file_rss of a dead space", mm.u32(layout.file_rss), 0);
    sink.equal(&mm, "rss of a dead space", mm.u32(layout.rss), 0);
    if (state.meaning().clears_dead) {
        for (const Field& field : {layout.mmap, layout.rb_node, layout.mmap_cache})
            sink.require(mm.u32(field) == 0, &mm, nullptr, "the areas of a dead space", mm.u32(field),
                         "NULL");
        for (const Field& field : {layout.map_count, layout.total_vm, layout.locked_vm})
            sink.equal(&mm, "a count of areas of a dead space", mm.u32(field), 0);
    }
    for (uint32_t i = 0; i < kUserEntries && i < mm.pdes.size(); ++i)
        sink.require(mm.pdes[i] == 0, &mm, nullptr, fmt::format("directory entry {} of a dead space", i),
                     mm.pdes[i], "0");
}

}  // namespace mmscope
