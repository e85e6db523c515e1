// SPDX-License-Identifier: GPL-2.0-or-later
// The words for kinds, outcomes and flags.
#include "trace/fault_record.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "trace/event_names.h"

namespace mmscope {

std::string_view to_string(FaultKind kind) {
    static_assert(kFaultKindNames.size() == kFaultKinds);
    return kFaultKindNames.at(static_cast<size_t>(kind));
}

std::string_view to_string(FaultOutcome outcome) {
    switch (outcome) {
        case FaultOutcome::Retried:
            return "retried";
        case FaultOutcome::FixedUp:
            return "fixed_up";
        case FaultOutcome::Signal:
            return "signal";
        case FaultOutcome::Killed:
            return "killed";
        case FaultOutcome::Unfinished:
            return "unfinished";
    }
    check_failed("FaultOutcome", __FILE__, __LINE__);
}

std::string vm_flags_in_words(uint32_t flags) {
    // The VM_* flags of edition 2.6.28 (guest/mm/mm_types.h).
    static constexpr std::pair<uint32_t, std::string_view> kWords[] = {{0x1, "read"},
                                                                       {0x2, "write"},
                                                                       {0x4, "exec"},
                                                                       {0x8, "shared"},
                                                                       {0x10, "mayread"},
                                                                       {0x20, "maywrite"},
                                                                       {0x40, "mayexec"},
                                                                       {0x80, "mayshare"},
                                                                       {0x100, "growsdown"},
                                                                       {0x200, "growsup"},
                                                                       {0x400, "pfnmap"},
                                                                       {0x800, "denywrite"},
                                                                       {0x1000, "executable"},
                                                                       {0x2000, "locked"},
                                                                       {0x4000, "io"},
                                                                       {0x8000, "seq_read"},
                                                                       {0x10000, "rand_read"},
                                                                       {0x20000, "dontcopy"},
                                                                       {0x40000, "dontexpand"},
                                                                       {0x80000, "reserved"},
                                                                       {0x100000, "account"},
                                                                       {0x200000, "noreserve"},
                                                                       {0x400000, "hugetlb"},
                                                                       {0x800000, "nonlinear"},
                                                                       {0x1000000, "mapped_copy"},
                                                                       {0x2000000, "insertpage"},
                                                                       {0x4000000, "alwaysdump"},
                                                                       {0x8000000, "can_nonlinear"},
                                                                       {0x10000000, "mixedmap"},
                                                                       {0x20000000, "sao"}};
    std::string words;
    for (const auto& [bit, word] : kWords) {
        if (!(flags & bit)) continue;
        if (!words.empty()) words += '|';
        words += word;
        flags &= ~bit;
    }
    if (flags) words += fmt::format("{}0x{:x}", words.empty() ? "" : "|", flags);
    return words;
}

}  // namespace mmscope
