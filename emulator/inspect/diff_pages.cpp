// SPDX-License-Identifier: GPL-2.0-or-later
// Two lists of page-table entries side by side.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "inspect/diff.h"

namespace mmscope {

namespace {

enum class PageChange : uint8_t {
    Came,
    Went,
    SwappedOut,
    SwappedIn,
    Moved,
    Writable,
    ReadOnly,
    Dirtied,
    Cleaned
};
constexpr std::array<std::string_view, 9> kPageChanges = {"came",
                                                          "went",
                                                          "went to swap",
                                                          "came back from swap",
                                                          "are in another frame",
                                                          "may be written now",
                                                          "are read-only now",
                                                          "were written to",
                                                          "are clean now"};

/// The one thing to be said of an entry that was `from` and is `to`; none: nothing that matters.
std::optional<PageChange> judge_change(AuditPte from, AuditPte to) {
    const bool was = from.value != 0 && from.present(), is = to.value != 0 && to.present();
    const bool was_swap = from.value != 0 && from.is_swap(), is_swap = to.value != 0 && to.is_swap();
    if (!was && !is) return std::nullopt;
    if (!was) return was_swap ? PageChange::SwappedIn : PageChange::Came;
    if (!is) return is_swap ? PageChange::SwappedOut : PageChange::Went;
    if (from.pfn() != to.pfn()) return PageChange::Moved;
    const uint32_t gained = to.value & ~from.value, lost = from.value & ~to.value;
    if ((gained & kWritable) != 0) return PageChange::Writable;
    if ((lost & kWritable) != 0) return PageChange::ReadOnly;
    if ((gained & kDirty) != 0) return PageChange::Dirtied;
    if ((lost & kDirty) != 0) return PageChange::Cleaned;
    return std::nullopt;
}

}  // namespace

void diff_pages(const AuditMm& old_mm, const AuditMm& new_mm, std::vector<std::string>& what) {
    constexpr size_t kMostNamed = 6;
    std::array<std::vector<LinearAddr>, kPageChanges.size()> changed;
    const auto add = [&](AuditPte from, AuditPte to, LinearAddr at) {
        if (const auto change = judge_change(from, to)) changed[static_cast<size_t>(*change)].push_back(at);
    };
    auto from = old_mm.entries.begin(), to = new_mm.entries.begin();
    while (from != old_mm.entries.end() || to != new_mm.entries.end()) {
        if (to == new_mm.entries.end() || (from != old_mm.entries.end() && from->address < to->address)) {
            add(*from, {}, from->address);
            ++from;
        } else if (from == old_mm.entries.end() || to->address < from->address) {
            add({}, *to, to->address);
            ++to;
        } else {
            add(*from, *to, to->address);
            ++from, ++to;
        }
    }
    for (size_t kind = 0; kind < changed.size(); ++kind) {
        const std::vector<LinearAddr>& pages = changed[kind];
        if (pages.empty()) continue;
        std::string line = fmt::format("pages that {}: {}, at", kPageChanges[kind], pages.size());
        for (size_t i = 0; i < std::min(pages.size(), kMostNamed); ++i)
            line += fmt::format(" {:08x}", pages[i].value);
        what.push_back(line + (pages.size() > kMostNamed ? " ..." : ""));
    }
}

}  // namespace mmscope
