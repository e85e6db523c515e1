// SPDX-License-Identifier: GPL-2.0-or-later
// Works out what a page fault was, from what stood in memory before and after: pure, no guest memory here.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "introspect/models.h"
#include "mmu/page_walk.h"
#include "trace/fault_record.h"

namespace mmscope {

/// How the handler left the fault.
enum class FaultExit : uint8_t {
    SameInstruction,
    ElsewhereInKernel,
    ElsewhereInUser,
    NeverReturned,
    RunEnded
};

/// Everything the decision rests on.
struct FaultEvidence {
    LinearAddr address;
    uint32_t error_code = 0;
    Walk before, after;  // after is ignored unless the task came back
    PagingMode mode;     // for the right to access
    Access access = Access::Read;
    const VmaModel* vma_before = nullptr;  // the area that holds the address, or null
    const VmaModel* vma_after = nullptr;
    std::optional<PhysAddr> zero_page;
    bool write_lets_read = true;  // EditionMeaning's
    FaultExit exit = FaultExit::RunEnded;
};

struct FaultVerdict {
    FaultKind kind;
    FaultOutcome outcome;
};

/// The decision tree; every branch stands in fault_classifier.cpp with its reason.
FaultVerdict classify_fault(const FaultEvidence& evidence);

}  // namespace mmscope
