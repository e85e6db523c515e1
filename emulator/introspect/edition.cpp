// SPDX-License-Identifier: GPL-2.0-or-later
// The table of meanings.
#include "introspect/edition.h"

#include <algorithm>
#include <array>

namespace mmscope {

namespace {

constexpr std::array kMeanings = {
    EditionMeaning{.edition = "2.4.0",
                   .special_entries = false,
                   .write_lets_read = false,
                   .lists_every_space = true,
                   .exact_total_vm = false,
                   .exact_rss = false,
                   .clears_dead = true,
                   .ldt_ends_with_users = true,
                   .peaks_lead = false,
                   .files_may_grow = true,
                   .heap_may_go_below_its_start = true},
    EditionMeaning{.edition = "2.4.18",
                   .special_entries = false,
                   .write_lets_read = false,
                   .lists_every_space = true,
                   .exact_total_vm = false,
                   .exact_rss = true,
                   .clears_dead = true,
                   .ldt_ends_with_users = true,
                   .peaks_lead = false,
                   .files_may_grow = false,
                   .heap_may_go_below_its_start = true},
    EditionMeaning{.edition = "2.6.11",
                   .special_entries = false,
                   .write_lets_read = false,
                   .lists_every_space = true,
                   .exact_total_vm = false,
                   .exact_rss = true,
                   .clears_dead = true,
                   .ldt_ends_with_users = true,
                   .peaks_lead = true,
                   .files_may_grow = false,
                   .heap_may_go_below_its_start = true},
    EditionMeaning{.edition = "2.6.28",
                   .special_entries = true,
                   .write_lets_read = true,
                   .lists_every_space = false,
                   .exact_total_vm = true,
                   .exact_rss = true,
                   .clears_dead = false,
                   .ldt_ends_with_users = false,
                   .peaks_lead = false,
                   .files_may_grow = false,
                   .heap_may_go_below_its_start = false},
};

}  // namespace

const EditionMeaning& meaning_of(std::string_view edition) {
    const auto* found = std::ranges::find(kMeanings, edition, &EditionMeaning::edition);
    return found != kMeanings.end() ? *found : kMeanings.back();
}

}  // namespace mmscope
