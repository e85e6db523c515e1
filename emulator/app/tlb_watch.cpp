// SPDX-License-Identifier: GPL-2.0-or-later
#include "app/tlb_watch.h"

#include <fmt/format.h>

#include <cstdio>

#include "trace/finding_tracer.h"

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
    const std::string event = fmt::format("the return to user mode at 0x{:08x}", back.eip);
    std::string text;
    for (const StaleTranslation& one : stale) {
        const AuditFinding finding = finding_of(one);
        const std::string sentence =
            fmt::format("{} is {}, but {}", finding.what, finding.found, finding.expected);
        text += fmt::format("audit: before {}, TLB: {}\n", event, sentence);
        if (!violation_) violation_ = fmt::format("an audit before {} found in the TLB: {}", event, sentence);
        if (plan_.trace != nullptr) plan_.trace->write(finding, event, "");
    }
    std::fputs(text.c_str(), stderr);
    if (plan_.fail && plan_.stop) plan_.stop();
}

AuditFinding TlbWatch::finding_of(const StaleTranslation& stale) const {
    const Translation& live = stale.translation;
    return {.id = "TLB",
            .mm = {},
            .vma = {},
            .pid = 0,
            .what = fmt::format("page 0x{:08x}", live.page.value),
            .found = fmt::format("still translated to frame 0x{:08x} ({})", live.frame.value,
                                 rights_of(live.writable, live.user)),
            .expected = fmt::format("{}; written by {}; last flush {}", entry_of(stale.now),
                                    describe(stale.writer), describe(stale.last_flush))};
}

std::string TlbWatch::describe(const std::optional<StaleTranslation::Place>& place) const {
    if (!place) return "not seen";
    const std::string name = symbols_ != nullptr ? symbols_->describe(place->block) : std::string();
    return fmt::format("{} at {} ns", name.empty() ? fmt::format("0x{:08x}", place->block.value) : name,
                       place->time.ns);
}

void TlbWatch::go_back(VirtualTime now) {
    audit_.go_back(now);
    violation_.reset();
}

void TlbWatch::at_exit() const {
    std::fputs(fmt::format("audit: {} checks of the TLB; {}\n", checks_,
                           violation_ ? "a translation outlived its entry" : "no stale translation")
                   .c_str(),
               stderr);
}

}  // namespace mmscope
