// SPDX-License-Identifier: GPL-2.0-or-later
#include "app/tlb_watch.h"

#include <fmt/format.h>

#include <cstdio>

namespace mmscope {

namespace {

std::string rights_of(bool writable, bool user) {
    return fmt::format("{}, {}", writable ? "read-write" : "read-only", user ? "user" : "supervisor");
}

std::string entry_of(const Walk& now) {
    if (now.pte) return fmt::format("its entry at 0x{:08x} is 0x{:08x}", now.pte_at.value, *now.pte);
    if (now.pde)
        return fmt::format("its directory entry at 0x{:08x} is 0x{:08x}", now.pde_at.value, *now.pde);
    return "it has no page directory";
}

}  // namespace

void TlbWatch::before_return(const InterruptReturn& back) {
    if ((back.cs & 3) != 3 || ends_run()) return;
    ++checks_;
    if (!audit_.take_changed()) return;
    const auto stale = audit_.find_stale(cpu_.tlb(), cpu_.paging());
    if (stale.empty() || violation_) return;
    std::string text;
    for (const StaleTranslation& one : stale)
        text += fmt::format("audit: before the return to user mode at 0x{:08x}, TLB: {}\n", back.eip,
                            describe(one));
    std::fputs(text.c_str(), stderr);
    violation_ = fmt::format("an audit before the return to user mode at 0x{:08x} found in the TLB: {}",
                             back.eip, describe(stale.front()));
}

std::string TlbWatch::describe(const StaleTranslation& stale) const {
    const Translation& live = stale.translation;
    return fmt::format(
        "page 0x{:08x} is still translated to frame 0x{:08x} ({}), but {}; written by {}; last flush {}",
        live.page.value, live.frame.value, rights_of(live.writable, live.user), entry_of(stale.now),
        describe(stale.writer), describe(stale.last_flush));
}

std::string TlbWatch::describe(const std::optional<StaleTranslation::Place>& place) const {
    if (!place) return "not seen";
    const std::string name = symbols_ != nullptr ? symbols_->describe(place->block) : std::string();
    return fmt::format("{} at {} ns", name.empty() ? fmt::format("0x{:08x}", place->block.value) : name,
                       place->time.ns);
}

void TlbWatch::at_exit() const {
    std::fputs(fmt::format("audit: {} checks of the TLB; {}\n", checks_,
                           violation_ ? "a translation outlived its entry" : "no stale translation")
                   .c_str(),
               stderr);
}

}  // namespace mmscope
