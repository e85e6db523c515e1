// SPDX-License-Identifier: GPL-2.0-or-later
// Rows P: mprotect, mremap, mlock, madvise.
#include <gtest/gtest.h>

#include "tests/rows/ext2_row.h"
#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kArena = 0x20000000, kArenaEnd = kArena + 0x100000;

uint32_t page(uint32_t number) {
    return kArena + number * kPageSize;
}
uint32_t pte(const Moment& now, uint32_t number) {
    return now.pte(self(now), page(number));
}
std::string arena(const Moment& now, const char* pid = "self") {
    return now.areas_in(now.number(pid), kArena, kArenaEnd);
}

constexpr char kThreeAreas[] =
    "20000000-20001000 rw-- 20000\n"
    "20001000-20002000 r--- 20001\n"
    "20002000-20003000 rw-- 20002\n";
constexpr char kOneArea[] = "20000000-20003000 rw-- 20000\n";

TEST(Row, P01_mprotect_cuts_the_middle_out) {
    Row row;
    int32_t before = 0;
    row.at(1, [&](const Moment& now) {
        EXPECT_EQ(arena(now), kOneArea);
        before = mm_of(now).i32("map_count");
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(arena(now), kThreeAreas);
        EXPECT_EQ(mm_of(now).i32("map_count"), before + 2);
        EXPECT_EQ(pte(now, 0) & kWritable, kWritable);
        EXPECT_EQ(pte(now, 1) & (kPresent | kWritable), kPresent);
        EXPECT_EQ(pte(now, 2) & kWritable, kWritable);
    });
    row.run();
}

TEST(Row, P02_equal_rights_make_one_area_again) {
    Row row;
    row.at(1, [](const Moment& now) { EXPECT_EQ(arena(now), kThreeAreas); });
    row.at(2, [](const Moment& now) { EXPECT_EQ(arena(now), kOneArea); });
    row.run();
}

TEST(Row, P03_beyond_the_may_bits_is_eacces_after_earlier_areas) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(arena(now),
                  "20000000-20002000 r--- 20000\n20002000-20003000 r--- 0\n20003000-20004000 r--- 20003\n");
    });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(arena(now),
                  "20000000-20002000 rw-- 20000\n20002000-20003000 r--- 0\n20003000-20004000 r--- 20003\n");
    });
    row.run();
}

TEST(Row, P04_over_a_gap_is_enomem) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(arena(now), "20000000-20002000 r--- 20000\n20003000-20004000 rw-- 20003\n");
    });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(arena(now), "20000000-20002000 r--- 20000\n20003000-20004000 rw-- 20003\n");
    });
    row.run();
}

TEST(Row, P05_prot_none_keeps_the_page) {
    Row row;
    uint32_t anon = 0, frame = 0;
    row.at(1, [&](const Moment& now) {
        anon = anon_rss(mm_of(now));
        frame = pte(now, 0) >> kPageShift;
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(pte(now, 0) & (kPresent | kProtnone), kProtnone);
        EXPECT_EQ(pte(now, 0) >> kPageShift, frame);
        EXPECT_EQ(anon_rss(mm_of(now)), anon);
    });
    row.run();
}

TEST(Row, P06_a_shared_frame_stays_read_only_when_rights_return) {
    Row row;
    uint32_t frame = 0;
    row.at(1, [&](const Moment& now) {
        frame = pte(now, 0) >> kPageShift;
        EXPECT_EQ(pte(now, 0) & (kPresent | kWritable), kPresent);
        EXPECT_EQ(now.vma(self(now), kArena).u32("vm_flags") & kVmWrite, kVmWrite);
        EXPECT_EQ(now.pte(now.number("child"), kArena) >> kPageShift, frame);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(pte(now, 0) & kWritable, kWritable);
        EXPECT_NE(pte(now, 0) >> kPageShift, frame);
        EXPECT_EQ(now.pte(now.number("child"), kArena) >> kPageShift, frame);
    });
    row.run();
}

TEST(Row, P07_mremap_grows_in_place_or_moves) {
    Row row;
    uint32_t total = 0, frames[2] = {};
    row.at(1, [&](const Moment& now) {
        total = mm_of(now).u32("total_vm");
        for (uint32_t i : {0u, 1u})
            frames[i] = pte(now, i) >> kPageShift;
    });
    for (uint32_t checkpoint : {2u, 3u}) {  // grown, and not grown any further
        row.at(checkpoint, [&](const Moment& now) {
            EXPECT_EQ(arena(now), "20000000-20004000 rw-- 20000\n20004000-20005000 ---- 20004\n");
            EXPECT_EQ(mm_of(now).u32("total_vm"), total + 2);
        });
    }
    row.at(4, [&](const Moment& now) {
        EXPECT_EQ(arena(now), "20004000-20005000 ---- 20004\n");
        EXPECT_EQ(mm_of(now).u32("total_vm"), total + 4);
        const uint32_t moved = now.number("moved");
        const Object vma = now.vma(self(now), moved);
        EXPECT_EQ(vma.u32("vm_end") - vma.u32("vm_start"), 6 * kPageSize);
        // Its pages know their old offset; in 2.4 what mmap was given.
        EXPECT_EQ(vma.u32("vm_pgoff"), by_series(0u, kArena >> kPageShift));
        for (uint32_t i : {0u, 1u}) {
            EXPECT_EQ(now.pte(self(now), moved + i * kPageSize) >> kPageShift, frames[i]);
            EXPECT_EQ(pte(now, i), 0u);
        }
    });
    row.run();
}

TEST(Row, P08_mremap_refuses_what_makes_no_sense) {
    Row row;
    std::string before;
    row.at(1, [&](const Moment& now) { before = arena(now); });
    row.at(2, [&](const Moment& now) { EXPECT_EQ(arena(now), before); });
    row.run();
}

TEST(Row, P09_mlock_counts_and_fills) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 4u);
        EXPECT_EQ(now.vma(self(now), page(1)).u32("vm_flags") & kVmLocked, kVmLocked);
        EXPECT_EQ(now.vma(self(now), page(0)).u32("vm_flags") & kVmLocked, 0u);
        for (uint32_t i = 0; i < 6; ++i)
            EXPECT_EQ(pte(now, i) & kPresent, i >= 1 && i < 5 ? 1u : 0u) << i;
    });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 0u);
        EXPECT_EQ(arena(now), by_series("20000000-20001000 rw-- 20000\n20001000-20005000 rw-- 20001\n"
                                        "20005000-20006000 rw-- 20005\n",
                                        "20000000-20006000 rw-- 20000\n"))
            << "2.4 leaves what was cut for mlock in pieces";
        EXPECT_EQ(now.vma(self(now), page(1)).u32("vm_flags") & kVmLocked, 0u);
    });
    row.run();
}

TEST(Row, P10_the_future_is_locked) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("def_flags"), kVmLocked);
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 0u);
    });
    row.at(2, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 3u);
        EXPECT_EQ(now.vma(self(now), page(10)).u32("vm_flags") & kVmLocked, kVmLocked);
        EXPECT_EQ(now.vma(self(now), page(0)).u32("vm_flags") & kVmLocked, 0u);
        for (uint32_t i = 10; i < 13; ++i)
            EXPECT_EQ(pte(now, i) & kPresent, kPresent);
        EXPECT_EQ(pte(now, 0), 0u);
    });
    row.at(3, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("def_flags"), 0u);
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 0u);
    });
    row.run();
}

TEST(Row, P12_a_child_has_nothing_locked) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(mm_of(now).u32("locked_vm"), 3u);
        EXPECT_EQ(mm_of(now).u32("def_flags"), kVmLocked);
        const uint32_t child = now.number("child");
        EXPECT_EQ(now.mm(child).u32("locked_vm"), 0u);
        EXPECT_EQ(now.mm(child).u32("def_flags"), by_edition(kVmLocked, 0u, 0u, 0u));
        for (const VmaModel& area : now.areas(child))
            EXPECT_EQ(area.flags & kVmLocked, 0u);
    });
    row.run();
}

TEST(Row, P13_msync_brings_shared_writes_to_the_disk) {
    if (!have_ext2_tools()) GTEST_SKIP() << "needs mke2fs and debugfs";
    constexpr uint32_t kPgDirty = 1u << 4, kLength = 3 * kPageSize;
    const auto with = [](char first, char last) {
        std::string bytes(kLength, '\0');
        bytes[1] = first;
        bytes[2 * kPageSize + 1] = last;
        return bytes;
    };
    Ext2Row row;
    const auto expect_dirty = [&](const Moment& now) {
        EXPECT_TRUE(row.bytes_on_disk("/shared") == std::string(kLength, '\0')) << "nobody asked for it yet";
        for (const uint32_t written : {0u, 2u})
            EXPECT_EQ(pte(now, written) & (kDirty | kWritable), kDirty | kWritable);
        EXPECT_EQ(pte(now, 1), 0u);
    };
    const auto expect_clean = [&](const Moment& now) {
        for (const uint32_t written : {0u, 2u}) {
            // Where the entries' dirty bits tell of writes, they stay writable.
            EXPECT_EQ(pte(now, written) & (kPresent | kDirty | kWritable),
                      kPresent | (since(Edition::v2_6_28) ? 0u : +kWritable))
                << "the next write is to be noticed";
            EXPECT_EQ(now.page_at(self(now), page(written)).u32("flags") & kPgDirty, 0u);
        }
    };
    row.at(1, expect_dirty);
    row.at(2, [&](const Moment& now) {
        if (since(Edition::v2_6_28)) return expect_dirty(now);  // MS_ASYNC has nothing to do
        for (const uint32_t written : {0u, 2u}) {
            EXPECT_EQ(pte(now, written) & kDirty, 0u);
            EXPECT_EQ(now.page_at(self(now), page(written)).u32("flags") & kPgDirty, kPgDirty);
        }
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_TRUE(row.bytes_on_disk("/shared") == with('A', 'B'));
        expect_clean(now);
    });
    row.at(4, [&](const Moment& now) {
        EXPECT_TRUE(row.bytes_on_disk("/shared") == with('C', 'D')) << "a hole does not keep the rest";
        expect_clean(now);
    });
    row.run();
}

TEST(Row, P14_what_is_not_needed_goes) {
    Row row;
    uint32_t anon = 0, file = 0;
    row.at(1, [&](const Moment& now) {
        anon = counted_anonymous(now, self(now));
        file = file_rss(mm_of(now));
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(counted_anonymous(now, self(now)), anon - 1);
        if (!is_2_4()) {
            // The program's own pages may come in on the way there and back.
            EXPECT_GE(mm_of(now).u32("hiwater_rss"), anon + file);
            EXPECT_LE(mm_of(now).u32("hiwater_rss"), anon + file_rss(mm_of(now)));
        }
        EXPECT_EQ(pte(now, 1), 0u);
        EXPECT_EQ(arena(now), kOneArea);
    });
    row.run();
}

TEST(Row, P15_areas_that_are_not_for_children) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(now.vma(self(now), page(1)).u32("vm_flags") & kVmDontcopy, kVmDontcopy);
        EXPECT_EQ(arena(now, "child"), "20000000-20001000 rw-- 20000\n20004000-20005000 rw-- 20004\n");
        EXPECT_EQ(now.mm(now.number("child")).u32("total_vm"), mm_of(now).u32("total_vm") - 3);
    });
    row.run();
}

}  // namespace
}  // namespace mmscope::test
