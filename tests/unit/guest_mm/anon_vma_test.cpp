// SPDX-License-Identifier: GPL-2.0-or-later
// Anonymous memory's way back from a page to its areas: who shares an anon_vma, and for how long (4.10, 4.22,
// INV-31).
#include <map>
#include <random>

#include "fixture.h"

namespace guest {
namespace {

ulong live_anon_vmas() {
    return cache_statistics("anon_vma").active_objs;
}

class AnonVma : public SpaceTest {
  protected:
    const ulong before_ = live_anon_vmas();
};

TEST_F(AnonVma, an_area_has_none_until_it_is_written) {
    map(at(0), 4);
    EXPECT_EQ(anon_vma_of(at(0)), nullptr);
    const void* anon = write_page(at(1));
    EXPECT_NE(anon, nullptr);
    EXPECT_EQ(anon_vma_of(at(0)), anon);
    EXPECT_EQ(write_page(at(2)), anon);
    EXPECT_EQ(areas_of_anon_vma(anon), 1);
}

TEST_F(AnonVma, an_area_that_grows_over_a_new_neighbour_keeps_it) {
    map(at(0), 2);
    const void* anon = write_page(at(0));
    map(at(2), 2);
    EXPECT_EQ(maps().size(), 1u);
    EXPECT_EQ(anon_vma_of(at(3)), anon);
}

TEST_F(AnonVma, the_parts_of_a_split_share_it_and_merge_again) {
    map(at(0), 3);
    const void* anon = write_page(at(1));
    mprotect(at(1), kPage, kRead);
    EXPECT_EQ(areas_of_anon_vma(anon), 3);
    mprotect(at(1), kPage, kRead | kWrite);
    EXPECT_EQ(maps().size(), 1u);
    EXPECT_EQ(areas_of_anon_vma(anon), 1);
}

TEST_F(AnonVma, a_neighbour_that_differs_in_rights_only_lends_its_own) {
    map(at(0), 2);
    mprotect(at(1), kPage, kRead);
    const void* anon = write_page(at(1));
    EXPECT_EQ(write_page(at(0)), anon) << "from the next";
    EXPECT_EQ(areas_of_anon_vma(anon), 2);
    mprotect(at(1), kPage, kRead | kWrite);
    EXPECT_EQ(maps().size(), 1u);
}

TEST_F(AnonVma, the_area_before_lends_it_too) {
    map(at(0), 2);
    mprotect(at(1), kPage, kRead);
    const void* anon = write_page(at(0));
    EXPECT_EQ(write_page(at(1)), anon);
}

TEST_F(AnonVma, areas_with_different_ones_stay_apart) {
    map(at(0), 1);
    map(at(2), 1);
    const void *left = write_page(at(0)), *right = write_page(at(2));
    EXPECT_NE(left, right);
    map(at(1), 1);
    EXPECT_EQ(maps(), (Lines{"50000000-50002000 rw-p 50000", "50002000-50003000 rw-p 50002"}));
    EXPECT_EQ(anon_vma_of(at(1)), left);
}

TEST_F(AnonVma, an_area_that_fills_a_hole_of_one_takes_it_on) {
    map(at(0), 3);
    const void* anon = write_page(at(0));
    munmap(at(1), kPage);
    EXPECT_EQ(areas_of_anon_vma(anon), 2);
    map(at(1), 1);
    EXPECT_EQ(maps().size(), 1u);
    EXPECT_EQ(areas_of_anon_vma(anon), 1);
}

TEST_F(AnonVma, who_takes_a_written_part_over_takes_its_anon_vma) {
    map(at(0), 4);
    mprotect(at(0), 2 * kPage, kRead);
    const void* anon = write_page(at(2));
    EXPECT_EQ(anon_vma_of(at(0)), nullptr);
    mprotect(at(2), kPage, kRead);  // the border moves
    EXPECT_EQ(anon_vma_of(at(0)), anon);
    EXPECT_EQ(areas_of_anon_vma(anon), 2);
}

TEST_F(AnonVma, the_last_area_frees_it) {
    map(at(0), 2);
    write_page(at(0));
    EXPECT_EQ(live_anon_vmas(), before_ + 1);
    munmap(at(0), kPage);
    EXPECT_EQ(live_anon_vmas(), before_ + 1);
    munmap(at(1), kPage);
    EXPECT_EQ(live_anon_vmas(), before_);
}

TEST_F(AnonVma, a_child_is_on_the_same_list_and_may_outlive_the_parents_area) {
    map(at(0), 2);
    const void* anon = write_page(at(0));
    const int child = fork(false);
    EXPECT_EQ(areas_of_anon_vma(anon), 2);
    munmap(at(0), 2 * kPage);
    EXPECT_EQ(areas_of_anon_vma(anon), 1);
    run(child);
    EXPECT_EQ(anon_vma_of(at(0)), anon);
    run(0);
    exit_task(child);
    EXPECT_EQ(live_anon_vmas(), before_);
}

TEST_F(AnonVma, without_memory_the_write_fails_and_the_area_stays_as_it_is) {
    map(at(0), 1);
    starve();
    EXPECT_EQ(write_page(at(0)), nullptr);
    feed();
    EXPECT_EQ(anon_vma_of(at(0)), nullptr);
}

/// Processes that map, unmap, protect, write and fork at random. Each written page remembers the anon_vma
/// that it names; the area that contains it must name the same one for ever, whatever it was merged with or
/// cut from.
class AnonVmaProperty : public SpaceTest {
  protected:
    using Written = std::map<ulong, const void*>;  // by page number

    ulong pick(ulong count) { return random_() % count; }
    static ulong address(ulong page) { return kBase + page * kPage; }

    void step(int* process);
    void expect_pages_find_their_areas(int process);
    void forget(int process, ulong first, ulong pages) {
        Written& written = written_[process];
        written.erase(written.lower_bound(first), written.lower_bound(first + pages));
    }
    bool is_mapped(ulong page) const {
        for (const Area& area : all_areas()) {
            if (area.start <= address(page) && address(page) < area.end) return true;
        }
        return false;
    }

    std::mt19937_64 random_{7};
    std::map<int, Written> written_;  // of each process
};

void AnonVmaProperty::step(int* process) {
    const ulong first = pick(40), pages = 1 + pick(8);
    switch (pick(16)) {
        case 0:
        case 1:
        case 2:
        case 3: {
            forget(*process, first, pages);
            const bool file = pick(3) == 0;
            ASSERT_GT(
                mmap(address(first), pages * kPage, pick(4), kPrivate | kFixed | (file ? 0 : kAnonymous),
                     file ? kReadOnlyFile : kNoFile, file ? first : 0),
                0);
            break;
        }
        case 4:
        case 5:
            forget(*process, first, pages);
            ASSERT_EQ(munmap(address(first), pages * kPage), 0);
            break;
        case 6:
        case 7:
        case 8:
        case 9:
            mprotect(address(first), pages * kPage, pick(4));
            break;
        case 10:
            if (written_.size() < 8) {
                const int child = fork(false);
                if (child > 0) written_[child] = written_[*process];
            }
            break;
        case 11: {
            auto next = written_.begin();
            std::advance(next, pick(written_.size()));
            *process = next->first;
            run(*process);
            break;
        }
        default:
            if (is_mapped(first)) {
                const void* named = write_page(address(first));
                ASSERT_NE(named, nullptr);
                written_[*process].emplace(first, named);
            }
    }
}

void AnonVmaProperty::expect_pages_find_their_areas(int process) {
    for (const auto& [page, named] : written_[process])
        ASSERT_EQ(anon_vma_of(address(page)), named) << "page " << page;
}

TEST_F(AnonVmaProperty, whatever_happens_a_page_finds_the_areas_that_map_it) {
    for (int round = 0; round < 100; round++) {
        int process = 0;
        written_ = {{0, {}}};
        for (int i = 0; i < 250; i++) {
            step(&process);
            if (i % 8 == 0) validate();
            expect_pages_find_their_areas(process);
            if (HasFatalFailure()) FAIL() << "round " << round << " step " << i;
        }
        for (const auto& [task, written] : written_) {
            run(task);
            expect_pages_find_their_areas(task);
            if (task != 0) exit_task(task);
        }
        run(0);
        end_space();
        ASSERT_EQ(live_anon_vmas(), 0u);
        new_space({});
    }
}

}  // namespace
}  // namespace guest
