// SPDX-License-Identifier: GPL-2.0-or-later
// Each page of a process: what its area says beside what its entry says, and where the two disagree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/whole_moment.h"

namespace mmscope {

/// One entry that is not 0, or a run of pages whose entries are.
struct PagemapRow {
    LinearAddr start;
    uint32_t pages = 1;
    const AuditVma* vma = nullptr;           // null: no area is there
    uint32_t entry = 0;                      // 0: a run of empty ones
    const AuditPage* page = nullptr;         // the frame an entry counts, if it counts one
    std::vector<std::string> disagreements;  // in words; empty: area and entry agree
};

/// Ascending. `whole` must outlive the rows.
std::vector<PagemapRow> read_pagemap(const WholeMoment& whole, const AuditMm& mm);

}  // namespace mmscope
