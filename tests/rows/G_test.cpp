// SPDX-License-Identifier: GPL-2.0-or-later
// Rows G: page faults and how they are answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rows/row_run.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;
using testing::Not;

uint32_t frame_of(uint32_t entry) {
    return entry >> kPageShift;
}
uint32_t pte(const Moment& now, const char* name) {
    return now.pte(self(now), now.number(name));
}
bool is_anonymous(const Object& page) {
    return page.u32("mapping") & 1;
}

/// What a fault changes.
struct Counts {
    uint32_t anon = 0, file = 0, min_flt = 0, maj_flt = 0;
    Counts() = default;
    explicit Counts(const Moment& now)
        : anon(anon_rss(mm_of(now))),
          file(file_rss(mm_of(now))),
          min_flt(now.task(self(now)).u32("min_flt")),
          maj_flt(now.task(self(now)).u32("maj_flt")) {}
    Counts operator-(const Counts& b) const {
        Counts d;
        d.anon = anon - b.anon, d.file = file - b.file;
        d.min_flt = min_flt - b.min_flt, d.maj_flt = maj_flt - b.maj_flt;
        return d;
    }
};

void expect_counts(const Counts& d, uint32_t anon, uint32_t file, uint32_t min_flt) {
    EXPECT_EQ(d.anon + d.file, anon + file) << "resident pages";
    EXPECT_EQ(d.file, is_2_4() ? 0 : file) << "resident pages of files";
    EXPECT_EQ(d.min_flt + d.maj_flt, min_flt) << "faults";
    if (!is_2_4()) {  // in 2.4 whatever a file gives is major
        EXPECT_EQ(d.maj_flt, 0u) << "maj_flt";
    }
}

/// What handle_mm_fault returned for a page, in the numbers of the edition: MINOR, MAJOR, SIGBUS.
struct FaultResults {
    uint32_t minor = by_edition(1u, 1u, 1u, 0u), major = by_edition(2u, 2u, 2u, 4u);
    uint32_t sigbus = by_edition(0u, 0u, 0u, 2u);
};
/// Each page that is told of and touched between the checkpoints, and its result.
void expect_results(Row& row, uint32_t from, uint32_t to, std::map<std::string, uint32_t> wanted, int* seen) {
    row.at_call(from, to, "handle_mm_fault", 3, {}, [=](const Moment& now, const CallMoment& call) {
        if (call.words[0] != mm_of(now).address()) return;
        for (const auto& [page, result] : wanted) {
            if (call.words[2] >> kPageShift != now.number(page) >> kPageShift) continue;
            EXPECT_EQ(call.registers.eax, result) << page;
            ++*seen;
        }
    });
}

TEST(Row, G01_reading_an_untouched_page_maps_the_zero_page) {
    Row row;
    Counts before;
    row.at(2, [&](const Moment& now) {
        before = Counts(now);
        EXPECT_EQ(pte(now, "page"), 0u);
    });
    row.at(3, [&](const Moment& now) {
        const uint32_t entry = pte(now, "page");
        EXPECT_EQ(frame_of(entry), (now.variable("empty_zero_page").address() - 0xC0000000) >> kPageShift);
        EXPECT_EQ(entry & (kPresent | kWritable | kUser | kSpecial),
                  kPresent | kUser | (since(Edition::v2_6_28) ? +kSpecial : 0u));
        expect_counts(Counts(now) - before, 0, 0, 1);
    });
    int served = 0;
    expect_results(row, 2, 3, {{"page", FaultResults().minor}}, &served);
    row.run();
    EXPECT_EQ(served, 1);
}

TEST(Row, G02_writing_an_untouched_page_takes_a_frame) {
    Row row;
    Counts before;
    row.at(2, [&](const Moment& now) {
        before = Counts(now);
        EXPECT_EQ(pte(now, "page"), 0u);
    });
    row.at(3, [&](const Moment& now) {
        const uint32_t entry = pte(now, "page");
        EXPECT_EQ(entry & (kPresent | kWritable | kUser | kDirty), kPresent | kWritable | kUser | kDirty);
        const Object page = now.page(frame_of(entry));
        EXPECT_TRUE(is_anonymous(page));
        EXPECT_EQ(page.i32("_mapcount"), 0) << "mapped once";
        expect_counts(Counts(now) - before, 1, 0, 1);
    });
    row.run();
}

TEST(Row, G03_after_fork_the_first_writer_copies_and_the_last_keeps_the_frame) {
    Row row;
    uint32_t frame = 0;
    const auto child_pte = [](const Moment& now) { return now.pte(now.number("child"), now.number("page")); };
    row.at(1, [&](const Moment& now) {
        frame = frame_of(pte(now, "page"));
        EXPECT_NE(pte(now, "page") & kWritable, 0u);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_EQ(frame_of(pte(now, "page")), frame);
        EXPECT_EQ(frame_of(child_pte(now)), frame);
        EXPECT_EQ((pte(now, "page") | child_pte(now)) & kWritable, 0u);
        EXPECT_EQ(now.page(frame).i32("_mapcount"), 1) << "mapped twice";
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_NE(frame_of(child_pte(now)), frame);
        EXPECT_NE(child_pte(now) & kWritable, 0u);
        EXPECT_EQ(frame_of(pte(now, "page")), frame);
        EXPECT_EQ(pte(now, "page") & kWritable, 0u);
        EXPECT_EQ(now.page(frame).i32("_mapcount"), 0);
    });
    row.at(4, [&](const Moment& now) {
        EXPECT_EQ(frame_of(pte(now, "page")), frame) << "no copy";
        EXPECT_NE(pte(now, "page") & kWritable, 0u);
    });
    row.run();
}

TEST(Row, G04_a_file_page_is_the_one_of_the_cache) {
    Row row;
    Counts before;
    row.at(2, [&](const Moment& now) { before = Counts(now); });
    row.at(3, [&](const Moment& now) {
        EXPECT_EQ(frame_of(pte(now, "first")), frame_of(pte(now, "second")));
        EXPECT_EQ((pte(now, "first") | pte(now, "second")) & kWritable, 0u);
        const Object page = now.page(frame_of(pte(now, "first")));
        EXPECT_EQ(page.u32("mapping"), now.vma(self(now), now.number("first")).u32("vm_file.f_mapping"));
        EXPECT_EQ(page.u32("index"), 1u);
        expect_counts(Counts(now) - before, 0, 2, 2);
    });
    int served = 0;
    const uint32_t cached = is_2_4() ? FaultResults().major : FaultResults().minor;
    expect_results(row, 2, 3, {{"first", cached}, {"second", cached}}, &served);
    row.run();
    EXPECT_EQ(served, 2);
}

TEST(Row, G05_writing_a_private_file_page_makes_a_copy) {
    Row row;
    Counts before;
    uint32_t cache = 0;
    row.at(1, [&](const Moment& now) {
        before = Counts(now);
        cache = frame_of(pte(now, "cache"));
        EXPECT_EQ(frame_of(pte(now, "own")), cache);
    });
    row.at(2, [&](const Moment& now) {
        EXPECT_NE(frame_of(pte(now, "own")), cache);
        EXPECT_NE(pte(now, "own") & kWritable, 0u);
        EXPECT_EQ(frame_of(pte(now, "cache")), cache);
        EXPECT_TRUE(is_anonymous(now.page(frame_of(pte(now, "own")))));
        EXPECT_FALSE(is_anonymous(now.page(cache)));
        const Counts d = Counts(now) - before;
        EXPECT_EQ(d.anon, by_series(0u, 1u));  // one comes, one goes
        EXPECT_EQ(d.file, by_series(0u, ~0u)) << "one less";
    });
    row.at(3, [&](const Moment& now) {
        EXPECT_NE(frame_of(pte(now, "early")), cache);
        EXPECT_TRUE(is_anonymous(now.page(frame_of(pte(now, "early")))));
    });
    row.run();
}

TEST(Row, G06_beyond_the_end_of_a_file_is_sigbus) {
    Row row;
    row.at(2, [](const Moment& now) { EXPECT_EQ(pte(now, "target"), 0u); });
    int served = 0;
    expect_results(row, 1, 2, {{"target", FaultResults().sigbus}}, &served);
    row.run();
    EXPECT_EQ(served, 2) << "a read and a write";
}

TEST(Row, G07_a_wrong_access_is_sigsegv_with_its_address) {
    Row row;
    row.at(1, [](const Moment& now) {
        const Object task = now.task(self(now));
        EXPECT_EQ(task.u32("thread.cr2"), now.number("target"));
        EXPECT_EQ(task.u32("thread.trap_no"), 14u);
        EXPECT_EQ(task.u32("thread.error_code"), 7u) << "write, user, protection";
    });
    row.run();
}

TEST(Row, G08_a_write_only_area_may_be_read) {
    Row row;
    row.at(1, [](const Moment& now) {
        const uint32_t read = since(Edition::v2_6_28) ? +kPresent : 0u;
        EXPECT_EQ(pte(now, "target") & (kPresent | kProtnone), read);
        EXPECT_EQ(now.vma(self(now), now.number("target")).u32("vm_flags") & 7, 2u);
    });
    row.run();
}

TEST(Row, G09_a_bad_pointer_in_a_system_call_is_efault_and_no_signal) {
    Row row;
    row.run();
}

/// The thread that made a mistake is gone, the others are not.
void expect_no_task(const Moment& now, const std::string& name) {
    for (const TaskModel& task : now.tasks())
        EXPECT_TRUE(task.comm != name || task.exit_state != 0) << task.pid;
}

TEST(Row, G10_a_null_pointer_of_the_kernel_is_an_oops) {
    Row row;
    row.options.command_line = "crash=oops_in_thread";
    row.at(1, [](const Moment& now) { expect_no_task(now, "faulty"); });
    const BootResult result = row.run();
    EXPECT_THAT(result.serial, HasSubstr("unable to handle kernel NULL pointer dereference at 00000000"));
    EXPECT_THAT(result.serial, HasSubstr("Oops: page fault, error code 0000"));
}

TEST(Row, G15_a_kernel_address_is_sigsegv_that_tells_nothing) {
    Row row;
    row.at(1, [](const Moment& now) {
        EXPECT_EQ(now.task(self(now)).u32("thread.error_code"), by_series(6u, 7u))
            << "2.6: as if the page were there";
    });
    row.run();
}

TEST(Row, G16_a_kernel_thread_has_no_user_memory) {
    Row row;
    row.options.command_line = "crash=user_memory_in_thread";
    row.at(1, [](const Moment& now) { expect_no_task(now, "trespasser"); });
    const BootResult result = row.run();
    EXPECT_THAT(result.serial, HasSubstr("crash: copy_from_user left 1 of 1"));
    EXPECT_THAT(result.serial, HasSubstr("unable to handle kernel paging request at 08048000"));
    EXPECT_THAT(result.serial, HasSubstr("crash: the machine goes on"));
}

}  // namespace
}  // namespace mmscope::test
