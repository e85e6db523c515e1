// SPDX-License-Identifier: GPL-2.0-or-later
// What handle_mm_fault returns (MM_FACTS 5.7). The steps of serving a fault tell each other by the bits of
// VM_FAULT_*; who called learns it in the way of the edition: two ways.
#pragma once

#include "mm/mm_types.h"

/// The bits themselves.
struct fault_bits {
    static constexpr int of(int bits) { return bits; }
    static constexpr bool is_oom(int result) { return result & VM_FAULT_OOM; }
    static constexpr bool is_sigbus(int result) { return result & VM_FAULT_SIGBUS; }
    static constexpr bool is_major(int result) { return result & VM_FAULT_MAJOR; }
};

/// One number; that the access is to be tried again is a minor fault.
struct fault_codes {
    enum : int { OOM = -1, SIGBUS = 0, MINOR = 1, MAJOR = 2 };
    static constexpr int of(int bits) {
        if (bits & VM_FAULT_OOM) return OOM;
        if (bits & VM_FAULT_SIGBUS) return SIGBUS;
        return bits & VM_FAULT_MAJOR ? MAJOR : MINOR;
    }
    static constexpr bool is_oom(int result) { return result == OOM; }
    static constexpr bool is_sigbus(int result) { return result == SIGBUS; }
    static constexpr bool is_major(int result) { return result == MAJOR; }
};
