// SPDX-License-Identifier: GPL-2.0-or-later
// Reading guest memory by linear address, across pages and into holes.
#include "introspect/guest_memory.h"

#include <gtest/gtest.h>

#include <vector>

#include "fake_guest.h"
#include "introspect/walkers.h"

namespace mmscope::test {
namespace {

TEST(GuestMemory, a_read_crosses_page_borders) {
    FakeGuest guest;
    const LinearAddr page = guest.make("mm_struct");  // page-aligned, and so is the next object
    guest.make("mm_struct");
    guest.poke_u32(page + 4094, 0x44332211);
    EXPECT_EQ(guest.memory().memory.read_u32(page + 4094), 0x44332211u);
}

TEST(GuestMemory, a_read_into_a_hole_names_the_first_address_that_is_missing) {
    FakeGuest guest;
    const LinearAddr page = guest.make("mm_struct");
    guest.unmap(guest.make("mm_struct"));
    std::vector<std::byte> out(16);
    EXPECT_EQ(guest.memory().memory.read(page + 4088, out), page + 4096);
}

TEST(GuestMemory, a_range_that_wraps_past_4_gib_fails) {
    FakeGuest guest;
    // Map the last page of the address space too, so that only the wrap can fail.
    const LinearAddr table = guest.make("mm_struct"), page = guest.make("mm_struct");
    guest.poke_u32(guest.symbol("swapper_pg_dir") + 1023 * 4, (table.value - kPageOffset) | 0x63);
    guest.poke_u32(table + 1023 * 4, (page.value - kPageOffset) | 0x63);
    std::vector<std::byte> out(16);
    EXPECT_EQ(guest.memory().memory.read(LinearAddr(0xFFFFFFF0), out), std::nullopt);
    EXPECT_EQ(guest.memory().memory.read(LinearAddr(0xFFFFFFF8), out), LinearAddr(0));
}

TEST(GuestMemory, a_page_table_entry_that_points_behind_ram_reads_as_not_mapped) {
    FakeGuest guest;
    const LinearAddr page = guest.make("mm_struct");
    const Walk walk = guest.memory().memory.walk(page);
    guest.poke_u32(LinearAddr(kPageOffset + walk.pte_at.value), 0xFFFFF063);
    EXPECT_EQ(guest.memory().memory.read_u32(page), std::nullopt);
}

}  // namespace
}  // namespace mmscope::test
