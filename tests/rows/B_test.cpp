// SPDX-License-Identifier: GPL-2.0-or-later
// Rows B: the program's segments, its heap, and what exec puts on the stack.
#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/rows/row_run.h"
#include "tests/support/child_process.h"

namespace mmscope::test {
namespace {

uint32_t round_up(uint32_t address) {
    return (address + kPageSize - 1) & kPageMask;
}

/// What the program headers of the rows' program say, as the loader reads them.
struct Segments {
    uint32_t start_code = ~0u, end_code = 0, start_data = 0, end_data = 0, end_bss = 0;
};

Segments read_segments() {
    const std::string file = read_text(ROW_PROGRAM);
    Elf32_Ehdr header{};
    std::memcpy(&header, file.data(), std::min(file.size(), sizeof header));
    Segments s;
    for (size_t i = 0; i < header.e_phnum; ++i) {
        Elf32_Phdr segment{};
        const size_t at = header.e_phoff + i * sizeof segment;
        if (at + sizeof segment > file.size()) return ADD_FAILURE() << "a truncated program", s;
        std::memcpy(&segment, file.data() + at, sizeof segment);
        if (segment.p_type != PT_LOAD) continue;
        const uint32_t end = segment.p_vaddr + segment.p_filesz;
        s.start_code = std::min(s.start_code, segment.p_vaddr);
        if (segment.p_flags & PF_X) s.end_code = std::max(s.end_code, end);
        s.start_data = std::max(s.start_data, segment.p_vaddr);
        s.end_data = std::max(s.end_data, end);
        s.end_bss = std::max(s.end_bss, segment.p_vaddr + segment.p_memsz);
    }
    return s;
}

TEST(Row, B01_code_and_data_are_where_the_program_headers_say) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Segments file = read_segments();
        const Object mm = mm_of(now);
        EXPECT_EQ(mm.u32("start_code"), file.start_code);
        EXPECT_EQ(mm.u32("end_code"), file.end_code);
        EXPECT_EQ(mm.u32("start_data"), file.start_data);
        EXPECT_EQ(mm.u32("end_data"), file.end_data);
        EXPECT_LE(mm.u32("start_code"), mm.u32("end_code"));
        EXPECT_LE(mm.u32("start_data"), mm.u32("end_data"));
    });
    row.run();
}

TEST(Row, B02_the_heap_begins_behind_the_bss_and_only_its_end_moves) {
    Row row;
    uint32_t start = 0;
    row.at(1, [&](const Moment& now) {
        start = mm_of(now).u32("start_brk");
        const uint32_t end = read_segments().end_bss;
        EXPECT_EQ(start, is_2_4() ? end : round_up(end));
        EXPECT_EQ(mm_of(now).u32("brk"), start);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("start_brk"), start);
        EXPECT_EQ(mm_of(now).u32("brk"), start + 100);
    });
    row.run();
}

TEST(Row, B03_the_heap_grows_and_shrinks_with_its_memory) {
    Row row;
    uint32_t total_vm = 0, rss = 0, heap = 0;
    row.at(1, [&](const Moment& now) {
        total_vm = mm_of(now).u32("total_vm");
        rss = counted_anonymous(now, self(now));
        heap = round_up(mm_of(now).u32("brk"));
    });
    const auto expect = [&](const Moment& now, uint32_t bytes, uint32_t pages, uint32_t resident) {
        EXPECT_EQ(mm_of(now).u32("brk"), heap + bytes);
        EXPECT_EQ(mm_of(now).u32("total_vm"), total_vm + pages);
        EXPECT_EQ(counted_anonymous(now, self(now)), rss + resident);
        EXPECT_EQ(now.vma(self(now), heap).u32("vm_end"), heap + pages * kPageSize);
        EXPECT_EQ(now.vma(self(now), heap).u32("vm_file"), 0u);
    };
    row.at(2, [&](const Moment& now) { expect(now, 10 * kPageSize - 3, 10, 0); });
    row.at(3, [&](const Moment& now) { expect(now, 10 * kPageSize - 3, 10, 10); });
    row.at(4, [&](const Moment& now) { expect(now, 1, 1, 1); });
    row.run();
}

TEST(Row, B04_the_heap_does_not_end_below_its_start) {
    Row row;
    const auto unmoved = [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("brk"), now.number("end")); };
    row.at(1, unmoved);
    row.at(2, unmoved);
    row.run();
}

TEST(Row, B05_one_page_stays_free_behind_the_heap) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("brk"), mm_of(now).u32("start_brk")); });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("brk"), now.number("end"));
        EXPECT_EQ(now.areas_in(self(now), now.number("end"), now.number("end") + kPageSize), "");
        EXPECT_NE(now.areas_in(self(now), now.number("end") + kPageSize, now.number("end") + 2 * kPageSize),
                  "");
    });
    row.run();
}

TEST(Row, B06_the_limit_of_data_holds) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("brk"), now.number("end")); });
    row.run();
}

TEST(Row, B07_within_a_page_only_the_end_moves) {
    Row row;
    uint32_t brk = 0, total_vm = 0;
    std::string areas;
    row.at(1, [&](const Moment& now) {
        brk = mm_of(now).u32("brk");
        total_vm = mm_of(now).u32("total_vm");
        areas = now.areas_in(self(now), 0, 0xC0000000);
    });
    const auto expect = [&](const Moment& now, uint32_t bytes) {
        EXPECT_EQ(mm_of(now).u32("brk"), brk + bytes);
        EXPECT_EQ(mm_of(now).u32("total_vm"), total_vm);
        EXPECT_EQ(now.areas_in(self(now), 0, 0xC0000000), areas);
    };
    row.at(2, [&](const Moment& now) { expect(now, 100); });
    row.at(3, [&](const Moment& now) { expect(now, 50); });
    row.run();
}

TEST(Row, B08_the_stack_begins_at_argc) {
    Row row;
    row.at(1, [](const Moment& now) {
        const uint32_t stack = mm_of(now).u32("start_stack");
        EXPECT_EQ(stack, now.number("stack"));
        EXPECT_EQ(stack % 16, 0u);
        EXPECT_EQ(now.user_u32(self(now), stack), 3u) << "argc";
        const Object area = now.vma(self(now), stack);
        EXPECT_EQ(area.u32("vm_end"), 0xC0000000u);
        EXPECT_NE(area.u32("vm_flags") & 0x100, 0u) << "grows down";
        EXPECT_LT(stack, mm_of(now).u32("arg_start"));
    });
    row.run();
}

TEST(Row, B09_arguments_and_environment_lie_side_by_side) {
    using std::string_literals::operator""s;
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = mm_of(now);
        const auto bytes = [&](const char* from, const char* to) {
            return now.user_bytes(self(now), mm.u32(from), mm.u32(to) - mm.u32(from));
        };
        EXPECT_EQ(bytes("arg_start", "arg_end"),
                  "/rows/B09_arguments_and_environment_lie_side_by_side\0one\0two words\0"s);
        EXPECT_EQ(mm.u32("arg_end"), mm.u32("env_start"));
        EXPECT_EQ(bytes("env_start", "env_end"), "COLOUR=red\0EMPTY=\0"s);
    });
    row.run();
}

TEST(Row, B10_the_saved_auxiliary_vector_is_the_one_on_the_stack) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object mm = mm_of(now), child = now.mm(now.number("child"));
        const uint32_t words = now.number("words");
        ASSERT_GE(words, 20u);
        const uint32_t room = by_edition(0u, 0u, 42u, 44u);
        ASSERT_LE(words, room);
        for (uint32_t i = 0; i < room; ++i) {
            const std::string step = "saved_auxv[" + std::to_string(i) + "]";
            const uint32_t saved = mm.u32(step);
            EXPECT_EQ(saved, i < words ? now.user_u32(self(now), now.number("vector") + 4 * i) : 0u) << i;
            EXPECT_EQ(child.u32(step), saved) << i;
        }
        EXPECT_EQ(mm.u32("saved_auxv[" + std::to_string(words - 2) + "]"), 0u) << "ends with id 0";
    });
    row.run();
}

TEST(Row, B12_exec_forgets_that_mappings_were_to_be_locked) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("def_flags"), kVmLocked); });
    row.at(2, [](const Moment& now) { EXPECT_EQ(mm_of(now).u32("def_flags"), by_series(kVmLocked, 0u)); });
    row.at(3, [](const Moment& now) {
        if (is_2_4()) {  // the same space goes on
            EXPECT_GT(mm_of(now).u32("locked_vm"), 0u);
            return;
        }
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 0u);
        for (const VmaModel& area : now.areas(self(now)))
            EXPECT_EQ(area.flags & kVmLocked, 0u) << area.start.value;
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
