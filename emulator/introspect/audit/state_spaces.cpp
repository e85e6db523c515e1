// SPDX-License-Identifier: GPL-2.0-or-later
// The address spaces of a moment: descriptors, lists of areas, and the page tables by their physical frames.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>
#include <utility>

#include "introspect/audit/state.h"

namespace mmscope {

namespace {

using Table = std::array<uint32_t, 1024>;
/// Of all spaces together: a guest that lies may show the same lists and tables again and again.
struct SpaceBudget {
    size_t areas = 1u << 19, entries = 1u << 22;
};

bool read_table(const AuditState& state, PhysAddr at, Table& into) {
    return state.kernel.memory.physical().read(at, std::as_writable_bytes(std::span(into)));
}

AuditVma vma_from(const AuditLayouts::Vma& layout, const Record& record) {
    return {.at = record.at(),
            .mm = record.pointer(layout.vm_mm),
            .start = record.pointer(layout.vm_start),
            .end = record.pointer(layout.vm_end),
            .next = record.pointer(layout.vm_next),
            .file = record.pointer(layout.vm_file),
            .anon_vma = record.pointer(layout.anon_vma),
            .flags = record.u32(layout.vm_flags),
            .page_prot = record.u32(layout.vm_page_prot),
            .pgoff = record.u32(layout.vm_pgoff),
            .record = record};
}

void read_list(const AuditState& state, AuditMm& mm, SpaceBudget& budget) {
    const AuditLayouts::Vma& layout = state.layouts.vma;
    std::unordered_set<uint32_t> seen;  // asked, never walked
    Record record;
    LinearAddr end;
    for (LinearAddr at = mm.pointer(state.layouts.mm.mmap); at.value != 0;) {
        const auto broken = [&](const char* what) {
            mm.list_problem = what;
            mm.list_problem_at = at;
        };
        if (mm.vmas.size() >= kMaxVmas || budget.areas == 0)
            return broken("more areas than any space may have");
        if (!seen.insert(at.value).second) return broken("the list goes in a circle");
        if (!state.read(layout.layout, at, record)) return broken("not mapped");
        --budget.areas;
        AuditVma vma = vma_from(layout, record);
        if (vma.start < end || vma.start >= vma.end) {
            mm.vmas.push_back(std::move(vma));  // shown by INV-01; what follows cannot be searched
            return broken("out of order");
        }
        end = vma.end;
        at = vma.next;
        mm.vmas.push_back(std::move(vma));
    }
}

void read_entries(const AuditState& state, AuditMm& mm, SpaceBudget& budget) {
    Table table;
    for (uint32_t slot = 0; slot < kUserEntries; ++slot) {
        const uint32_t pde = mm.pdes[slot];
        if ((pde & kPresent) == 0) continue;
        ++mm.tables;
        if (!read_table(state, PhysAddr(pde & kPageMask), table)) {
            mm.tables_problem = fmt::format("directory entry {} is 0x{:08x}", slot, pde);
            continue;
        }
        for (uint32_t i = 0; i < table.size() && budget.entries != 0; ++i) {
            if (table[i] == 0) continue;
            --budget.entries;
            mm.entries.push_back({LinearAddr(slot << 22 | i << kPageShift), table[i]});
        }
    }
}

void read_directory(const AuditState& state, AuditMm& mm) {
    const LinearAddr pgd = mm.pointer(state.layouts.mm.pgd);
    if (pgd.value < kPageOffset || pgd.page_offset() != 0) return;
    const Walk walk = state.kernel.memory.walk(pgd);
    Table table;
    if (!walk.present || !read_table(state, walk.physical, table)) return;
    mm.directory = walk.physical;
    mm.has_directory = true;
    mm.pdes.assign(table.begin(), table.end());
}

bool is_write_held(const AuditLayouts::Mm& layout, const AuditMm& mm) {
    return layout.sem_writer ? mm.u32(layout.sem_writer) != 0 : mm.i32(layout.sem_count) < 0;
}

MmPhase phase_of(const AuditState& state, const AuditMm& mm) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    if (mm.i32(layout.mm_users) <= 0) {
        const bool torn_down = mm.users == 0 && mm.i32(layout.mm_count) <= static_cast<int32_t>(mm.borrowers);
        return torn_down ? MmPhase::Dead : MmPhase::Dying;
    }
    if (mm.users + mm.workers == 0) return mm.borrowers ? MmPhase::Dying : MmPhase::Building;
    const bool locked = mm.u32(layout.lock_next) != mm.u32(layout.lock_serving);
    return is_write_held(layout, mm) || locked ? MmPhase::InTransit : MmPhase::Settled;
}

/// All addresses where a mm_struct may stand, ascending.
std::vector<LinearAddr> candidates(AuditState& state) {
    std::vector<LinearAddr> found;
    for (const AuditTask& task : state.tasks) {
        if (task.mm.value != 0) found.push_back(task.mm);
        if (task.active_mm.value != 0) found.push_back(task.active_mm);
    }
    if (const auto objects = slab_objects(state, state.layouts.mm_cachep)) {
        state.all_mms_known = true;
        found.insert(found.end(), objects->begin(), objects->end());
    }
    std::ranges::sort(found);
    const auto doubles = std::ranges::unique(found);
    found.erase(doubles.begin(), doubles.end());
    std::erase(found, state.layouts.init_mm);
    return found;
}

void count_users(const AuditState& state, AuditMm& mm) {
    for (const AuditTask& task : state.tasks) {
        if (task.mm == mm.at) {
            if (mm.pid == 0) mm.pid = task.pid;
            ++((task.flags & kPfKthread) != 0 ? mm.workers : mm.users);
        } else if (task.mm.value == 0 && task.active_mm == mm.at) {
            ++mm.borrowers;
        }
    }
    mm.reachable = mm.users + mm.workers + mm.borrowers > 0;
}

void read_space(AuditState& state, AuditMm& mm, SpaceBudget& budget) {
    count_users(state, mm);
    mm.phase = phase_of(state, mm);
    read_directory(state, mm);
    const bool stale = mm.phase == MmPhase::Dead || mm.phase == MmPhase::Dying;
    if (!stale) read_list(state, mm, budget);
    // A copied descriptor has its parent's directory until it gets its own.
    const bool copied = std::ranges::any_of(state.mms, [&](const AuditMm& other) {
        return mm.has_directory && other.has_directory && other.directory == mm.directory;
    });
    if (mm.has_directory && !copied) read_entries(state, mm, budget);
}

/// Counts each frame's mappings, as rmap does.
void count_mappings(AuditState& state, const AuditMm& mm) {
    for (const AuditPte pte : mm.entries) {
        const AuditVma* vma = vma_of(mm, pte.address);
        if (state.normal_page(pte, vma ? vma->flags : 0)) ++state.pages[pte.pfn()].mapped;
    }
}

}  // namespace

void read_audit_spaces(AuditState& state) {
    const AuditLayouts& layouts = state.layouts;
    state.init_mm.at = layouts.init_mm;
    if (state.read(layouts.mm.layout, layouts.init_mm, state.init_mm.record)) {
        count_users(state, state.init_mm);
        read_directory(state, state.init_mm);
        state.init_mm.phase = MmPhase::Settled;
    } else {
        state.damage.push_back({"INV-13", layouts.init_mm, "init_mm", "not mapped"});
    }
    SpaceBudget budget;
    for (const LinearAddr at : candidates(state)) {
        AuditMm mm;
        mm.at = at;
        const bool readable = state.read(layouts.mm.layout, at, mm.record);
        if (!readable) {
            if (!state.atomic) {
                state.damage.push_back({"INV-26", at, "a task's mm or active_mm",
                                        fmt::format("0x{:08x}, not mapped", at.value)});
            }
            continue;
        }
        if (mm.i32(layouts.mm.mm_count) == 0 && mm.i32(layouts.mm.mm_users) == 0) {
            count_users(state, mm);
            if (!mm.reachable) continue;  // being made, or being freed
        }
        read_space(state, mm, budget);
        count_mappings(state, mm);
        state.mms.push_back(std::move(mm));
    }
}

}  // namespace mmscope
