// SPDX-License-Identifier: GPL-2.0-or-later
// What CPUID says: only what this processor really does (SDM vol. 2, "CPUID").
#pragma once

#include <cstdint>

namespace mmscope {

struct CpuidLeaf {
    uint32_t eax, ebx, ecx, edx;
};

/// Leaves beyond the highest one answer as the highest does, as the manual has it.
[[nodiscard]] CpuidLeaf cpuid(uint32_t leaf);

}  // namespace mmscope
