// SPDX-License-Identifier: GPL-2.0-or-later
// Rows D: the LDT of an address space, as the kernel's and the processor's tables show it. B11: the format
// that loaded a program.
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kLdtIndex = 17;

uint32_t table_of(const Object& mm) {
    return mmscope::test::ldt_of(mm);
}
/// How many entries a table has that was made for the first few: 2.4's is of one size, and told nowhere.
constexpr uint32_t kEarlyEntries = 8192, kEntries = 512;
void expect_smallest_table(const Object& mm) {
    if (is_2_4()) return;
    EXPECT_EQ(mm.u32("context.size"), kEntries);
}
/// The words of an LDT entry, without the accessed bit.
std::pair<uint32_t, uint32_t> entry_of(const Moment& now, const Object& mm, uint32_t index) {
    const Object entry = now.object("desc_struct", table_of(mm) + index * 8);
    return {entry.u32("a"), entry.u32("b") & ~0x100u};
}
/// What modify_ldt makes of a 32-bit data segment of `limit` + 1 bytes at `base`.
std::pair<uint32_t, uint32_t> data_segment(uint32_t base, uint32_t limit) {
    return {base << 16 | limit, (base & 0xFF000000) | (base >> 16 & 0xFF) | 0x0040F200};
}
/// Base of the descriptor that LDTR was loaded from.
uint32_t loaded_table(const Moment& now) {
    const Object entry = now.variable("gdt_table").at("[" + std::to_string(kLdtIndex) + "]");
    const uint32_t a = entry.u32("a"), b = entry.u32("b");
    return a >> 16 | (b & 0xFF) << 16 | (b & 0xFF000000);
}

/// Its limit, in bytes.
uint32_t loaded_limit(const Moment& now) {
    const Object entry = now.variable("gdt_table").at("[" + std::to_string(kLdtIndex) + "]");
    return (entry.u32("a") & 0xFFFF) | (entry.u32("b") & 0xF0000);
}

TEST(Row, D01_the_first_write_makes_an_ldt) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(table_of(mm), 0u);
        EXPECT_EQ(mm.u32(by_series("context.segments", "context.size")), 0u);
    });
    row.at(2, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_NE(table_of(mm), 0u);
        expect_smallest_table(mm);
        EXPECT_EQ(entry_of(now, mm, 0), data_segment(now.number("word"), 3));
        EXPECT_EQ(entry_of(now, mm, 1), std::make_pair(0u, 0u));
        EXPECT_EQ(entry_of(now, mm, by_series(kEarlyEntries, kEntries) - 1), std::make_pair(0u, 0u));
        EXPECT_EQ(loaded_limit(now), by_series(kEarlyEntries, kEntries) * 8 - 1);
        EXPECT_EQ(loaded_table(now), table_of(mm));
    });
    row.run();
}

TEST(Row, D02_fork_copies_the_ldt) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = now.mm(now.number("self")), child = now.mm(now.number("child"));
        EXPECT_NE(table_of(mm), table_of(child));
        expect_smallest_table(child);
        for (uint32_t i = 0; i < by_series(kEarlyEntries, kEntries); i += i < kEntries ? 1 : 97)
            EXPECT_EQ(entry_of(now, child, i), entry_of(now, mm, i));
    });
    row.run();
}

/// An area of no file that shows the kernel's one page of code, and that every core file has.
TEST(Row, D04_exec_maps_the_vdso_and_fork_keeps_it) {
    constexpr uint32_t kReadExecute = 0x5, kMayAll = 0x70, kDontExpand = 0x40000, kAlwaysDump = 0x4000000;
    Row row;
    row.at(1, [](const Moment& now) {
        const uint32_t page = now.number("page");
        EXPECT_EQ(now.number("entry"), page + 0x400);
        for (const char* who : {"self", "child"}) {
            const uint32_t pid = now.number(who);
            EXPECT_EQ(now.mm(pid).u32("context.vdso"), page);
            const Object vma = now.vma(pid, page);
            EXPECT_EQ(vma.u32("vm_start"), page);
            EXPECT_EQ(vma.u32("vm_end"), page + kPageSize);
            EXPECT_EQ(vma.u32("vm_flags"), kReadExecute | kMayAll | kDontExpand | kAlwaysDump);
            EXPECT_EQ(vma.u32("vm_file"), 0u);
            EXPECT_EQ(vma.u32("vm_private_data"), now.variable("vdso_page").u32());
            EXPECT_EQ(now.page_at(pid, page).address(), vma.u32("vm_private_data"));
            EXPECT_EQ(now.user_bytes(pid, page, 4), "\177ELF");
        }
    });
    row.run();
}

TEST(Row, D03_the_ldt_ends_with_the_last_reference) {
    Row row;
    uint32_t address = 0, table = 0;
    row.at(1, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        address = mm.address();
        table = table_of(mm);
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.object("mm_struct", address);
        EXPECT_EQ(mm.u32("mm_users"), 0u);
        EXPECT_EQ(mm.u32("mm_count"), 1u);
        if (!since(Edition::v2_6_28)) {  // gone with the users
            EXPECT_EQ(table_of(mm), 0u);
            return;
        }
        EXPECT_EQ(table_of(mm), table) << "whoever borrows the dead space has its LDT loaded";
        EXPECT_EQ(mm.u32("context.size"), 512u);
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(now.object("mm_struct", address).u32("mmap"), kSlabPoison);
        EXPECT_NE(loaded_table(now), 0u) << "the descriptor stays, LDTR is null";
    });
    row.run();
}

TEST(Row, D04_exec_copies_the_ldt_or_drops_it) {
    Row row;
    uint32_t address = 0;
    std::pair<uint32_t, uint32_t> entry;
    row.at(1, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        address = mm.address();
        entry = entry_of(now, mm, 2);
        EXPECT_NE(entry.second, 0u);
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        if (is_2_4()) {  // the old program's space, without its LDT
            EXPECT_EQ(mm.address(), address);
            EXPECT_EQ(table_of(mm), 0u);
            return;
        }
        EXPECT_NE(mm.address(), address);
        EXPECT_EQ(mm.u32("context.size"), 512u);
        EXPECT_EQ(entry_of(now, mm, 2), entry);
    });
    row.run();
}

TEST(Row, D05_entry_600_grows_the_ldt) {
    Row row;
    std::pair<uint32_t, uint32_t> first;
    row.at(1, [&](const Moment& now) {
        EXPECT_EQ(now.mm(now.number("self")).u32("context.size"), 512u);
        first = entry_of(now, now.mm(now.number("self")), 0);
    });
    row.at(2, [&](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(mm.u32("context.size"), 1024u);
        EXPECT_EQ(entry_of(now, mm, 0), first);
        EXPECT_EQ(entry_of(now, mm, 600).second & 0xF0FF00, 0x40F200u);
        EXPECT_EQ(loaded_table(now), table_of(mm));
    });
    row.run();
}

TEST(Row, D06_a_switch_loads_the_ldt_of_the_next) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object child = now.variable("current_task").target().target("mm");
        EXPECT_NE(child.address(), now.mm(now.number("self")).address());
        EXPECT_EQ(loaded_table(now), table_of(child));
    });
    row.at(2, [](const Moment& now) {
        const Object mm = now.mm(now.number("self"));
        EXPECT_EQ(loaded_table(now), table_of(mm));
        EXPECT_NE(table_of(mm), table_of(now.mm(now.number("child"))));
    });
    row.run();
}

TEST(Row, B11_the_format_counts_the_spaces_it_loaded) {
    Row row;
    const auto users = [](const Moment& now) { return now.variable("elf_format").u32("users"); };
    uint32_t alone = 0;
    row.at(1, [&](const Moment& now) {
        const Object format = now.variable("elf_format");
        EXPECT_EQ(now.mm(now.number("self")).u32("binfmt"), format.address());
        EXPECT_EQ(now.task(now.number("self")).u32("binfmt"), format.address());
        alone = users(now);
        EXPECT_EQ(alone, 1u) << "this program's space is the only one";
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(now.mm(now.number("child")).u32("binfmt"), now.variable("elf_format").address());
        EXPECT_EQ(users(now), 2u);
    });
    row.at(3, [&](const Moment& now) { EXPECT_EQ(users(now), 1u); });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
