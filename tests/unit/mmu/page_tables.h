// SPDX-License-Identifier: GPL-2.0-or-later
// Builds page tables in a small RAM for tests.
#pragma once

#include <gtest/gtest.h>

#include "machine/physical_memory.h"
#include "mmu/page_walk.h"

namespace mmscope::testing {

inline constexpr PhysAddr kDirectory{0x1000};
inline constexpr PhysAddr kTable{0x2000};
inline constexpr LinearAddr kPage{0x00403000};  // directory entry 1, table entry 3

struct PageTables {
    std::unique_ptr<PhysicalMemory> memory = std::move(*PhysicalMemory::create(1u << 20));
    PagingMode mode{.directory = kDirectory, .paging = true};

    void put(PhysAddr at, uint32_t value) {
        ASSERT_TRUE(memory->write(at, std::as_bytes(std::span(&value, 1))));
    }
    [[nodiscard]] uint32_t get(PhysAddr at) const { return memory->read_u32(at).value(); }
    [[nodiscard]] PhysAddr pde_of(LinearAddr address) const { return kDirectory + (address.value >> 22) * 4; }
    [[nodiscard]] PhysAddr pte_of(LinearAddr address) const {
        return kTable + (address.value >> 12 & 1023) * 4;
    }

    /// Maps kPage through kTable with these rights.
    void map(uint32_t pde_bits, uint32_t pte_bits, uint32_t frame = 0x5000) {
        put(pde_of(kPage), kTable.value | pde_bits);
        put(pte_of(kPage), frame | pte_bits);
    }
};

}  // namespace mmscope::testing
