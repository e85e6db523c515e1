// SPDX-License-Identifier: GPL-2.0-or-later
// What came, went or changed between two moments of one guest, in words.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "inspect/commands.h"
#include "inspect/whole_moment.h"

namespace mmscope {

struct Change {
    std::string subject;  // "process 9 (tour)", "area 08050000-0805b000 rw-p [heap] of 9 (tour)", "frames"
    std::vector<std::string> what;  // "came", "map_count 5 -> 6"; never empty
};

struct MomentDiff {
    MachineMoment before, after;
    std::vector<Change> changes;  // processes, then spaces with areas and pages, then what all share
};

/// `before` must not be later. Error: one of the two cannot be decoded.
Result<MomentDiff> diff_moments(const Inspection& before, const Inspection& after);

// Parts of it, one a file; each adds what it finds.
void diff_spaces(const Inspection& before, const WholeMoment& old_moment, const Inspection& after,
                 const WholeMoment& new_moment, std::vector<Change>& changes);  // diff_spaces.cpp
/// Pages of one space that is there at both moments.
void diff_pages(const AuditMm& old_mm, const AuditMm& new_mm,
                std::vector<std::string>& what);  // diff_pages.cpp

}  // namespace mmscope
