// SPDX-License-Identifier: GPL-2.0-or-later
// What the editions' descriptors mean differently by what stands in memory. Which members there are, the
// debug information says; this table is for the rest, and the only place that asks for an edition by name.
#pragma once

#include <string_view>

namespace mmscope {

/// From where on a bit or a list counts for something: MM_FACTS, decisions D-01 to D-14 and section 2.
struct EditionMeaning {
    std::string_view edition;
    bool special_entries;  // an entry says itself that it counts no frame; else the frame does (PG_reserved)
    bool write_lets_read;  // an area with VM_WRITE alone may be read
    bool lists_every_space;    // mmlist holds all spaces; else those that may own swap entries
    bool exact_total_vm;       // areas that fork leaves out leave total_vm, too
    bool exact_rss;            // a child counts its own frames; else it begins with its parent's number
    bool clears_dead;          // a space that has ended has no areas; else the old pointers stay in it
    bool ldt_ends_with_users;  // a space without users has no LDT
    bool peaks_lead;           // hiwater_* are never below what they are the peaks of
    bool files_may_grow;       // an area with VM_GROWSDOWN may have a file
    bool heap_may_go_below_its_start;  // brk may sink to the end of the code
};

/// An edition that is not known means what the latest does.
const EditionMeaning& meaning_of(std::string_view edition);

}  // namespace mmscope
