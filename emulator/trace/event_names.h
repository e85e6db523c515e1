// SPDX-License-Identifier: GPL-2.0-or-later
// The events of a trace by name; the configuration knows them without the tracer.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace mmscope {

inline constexpr std::string_view kAuditFinding = "audit.finding";

/// Besides "fault", calls of the guest's functions (event_rules.h), four events of its processor, and what
/// the host's audits find.
inline constexpr std::array<std::string_view, 29> kTraceEvents = {
    "fault",        "vma.map",     "vma.insert",     "vma.brk",    "vma.unmap",   "vma.split",
    "vma.merge",    "vma.protect", "vma.grow",       "vma.move",   "mm.alloc",    "mm.dup",
    "mm.get",       "mm.grab",     "mm.put",         "mm.drop",    "mm.borrow",   "mm.exit",
    "sched.switch", "swap.in",     "swap.out",       "syscall",    "signal.send", "signal.deliver",
    "tlb.fill",     "tlb.flush",   "tlb.invalidate", "pte.change", kAuditFinding};

/// In the order of FaultKind.
inline constexpr std::array<std::string_view, 17> kFaultKindNames = {
    "demand_zero",   "zero_page",    "file_read",    "cow_copy",   "cow_reuse",   "stack_growth",
    "swap_in",       "vmalloc_sync", "kernel_fixup", "segv_map",   "segv_access", "bus_error",
    "out_of_memory", "spurious",     "kernel_oops",  "unresolved", "unfinished"};

/// "vma.split" is chosen by "vma.split", "vma.*" and "*".
inline bool chooses(std::string_view pattern, std::string_view event) {
    return pattern.ends_with('*') ? event.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : pattern == event;
}
inline bool chooses_any_event(std::string_view pattern) {
    return std::ranges::any_of(kTraceEvents, [&](std::string_view event) { return chooses(pattern, event); });
}
inline bool chooses_any_kind(std::string_view pattern) {
    return std::ranges::any_of(kFaultKindNames,
                               [&](std::string_view kind) { return chooses(pattern, kind); });
}

}  // namespace mmscope
