// SPDX-License-Identifier: GPL-2.0-or-later
// Merges the list of areas with the entries of the page tables, and judges each pair.
#include "inspect/pagemap.h"

#include <fmt/format.h>

namespace mmscope {

namespace {

/// What is wrong with an entry in the light of its area.
class EntryJudge {
  public:
    explicit EntryJudge(const WholeMoment& whole) : whole_(whole) {}

    void judge(PagemapRow& row) const {
        const AuditPte pte{row.start, row.entry};
        if (row.vma == nullptr) {
            return complain(row,
                            pte.present() ? "a present page outside any area" : "an entry outside any area");
        }
        if (pte.present()) {
            judge_rights(row, pte);
            judge_frame(row, pte);
        } else {
            judge_absent(row, pte);
        }
    }

  private:
    static void complain(PagemapRow& row, std::string what) { row.disagreements.push_back(std::move(what)); }

    void judge_rights(PagemapRow& row, AuditPte pte) const {
        const uint32_t flags = row.vma->flags;
        const bool accessible = (pte.value & kPresent) != 0;
        if (accessible && (pte.value & kWritable) != 0 && (flags & kVmWrite) == 0)
            complain(row, "a writable entry in an area that may not be written");
        if (accessible && (flags & (kVmRead | kVmWrite | kVmExec)) == 0)
            complain(row, "an accessible entry in an area without any access");
        if (!accessible && (flags & (kVmRead | kVmWrite | kVmExec)) != 0)
            complain(row, "a PROT_NONE entry in an area that may be accessed");
        if (accessible && (pte.value & kUser) == 0) complain(row, "an entry that programs cannot use");
    }

    void judge_frame(PagemapRow& row, AuditPte pte) const {
        const AuditState& state = whole_.state();
        if (state.pages.empty()) return;
        const bool device = (row.vma->flags & (kVmPfnMap | kVmIo)) != 0 || (pte.value & kPteSpecial) != 0;
        if (pte.pfn() >= state.pages.size()) {
            if (!device) complain(row, "a frame that does not exist");
            return;
        }
        row.page = state.normal_page(pte, row.vma->flags);
        if (row.page == nullptr) return;
        const AuditPage& page = *row.page;
        if (state.has_bit(page, whole_.layouts().page.bit_buddy)) complain(row, "a frame that is free");
        if (state.has_bit(page, whole_.layouts().page.bit_slab)) complain(row, "a frame of a slab");
        const bool is_private = (row.vma->flags & kVmShared) == 0;
        if (is_private && (pte.value & kWritable) != 0 && page.mapped > 1) {
            complain(row, fmt::format("a writable private page that {} entries map", page.mapped));
        }
        if (page.anonymous() && !is_private) complain(row, "an anonymous page in a shared area");
    }

    static void judge_absent(PagemapRow& row, AuditPte pte) {
        const bool nonlinear = (row.vma->flags & kVmNonlinear) != 0;
        if ((pte.value & kPteFile) != 0 && !nonlinear)
            complain(row, "a page of a file in an area that is linear");
        if (pte.is_swap() && (row.vma->flags & kVmLocked) != 0)
            complain(row, "a page in swap in a locked area");
    }

    const WholeMoment& whole_;
};

void add_empty(std::vector<PagemapRow>& rows, const AuditVma* vma, LinearAddr from, LinearAddr to) {
    if (from >= to) return;
    PagemapRow row;
    row.start = from;
    row.pages = (to - from) >> kPageShift;
    row.vma = vma;
    rows.push_back(row);
}

}  // namespace

std::vector<PagemapRow> read_pagemap(const WholeMoment& whole, const AuditMm& mm) {
    const EntryJudge judge(whole);
    std::vector<PagemapRow> rows;
    size_t next = 0;
    const auto take_entries = [&](const AuditVma* vma, LinearAddr until) {
        for (; next < mm.entries.size() && mm.entries[next].address < until; ++next) {
            PagemapRow row;
            row.start = mm.entries[next].address;
            row.vma = vma;
            row.entry = mm.entries[next].value;
            if (vma != nullptr && !rows.empty()) {
                const LinearAddr behind = rows.back().start + (rows.back().pages << kPageShift);
                add_empty(rows, vma, std::max(behind, vma->start), row.start);
            } else if (vma != nullptr) {
                add_empty(rows, vma, vma->start, row.start);
            }
            judge.judge(row);
            rows.push_back(std::move(row));
        }
    };
    for (const AuditVma& vma : mm.vmas) {
        take_entries(nullptr, vma.start);
        take_entries(&vma, vma.end);
        const LinearAddr behind =
            rows.empty() ? vma.start : rows.back().start + (rows.back().pages << kPageShift);
        add_empty(rows, &vma, std::max(behind, vma.start), vma.end);
    }
    take_entries(nullptr, LinearAddr(UINT32_MAX));
    return rows;
}

}  // namespace mmscope
