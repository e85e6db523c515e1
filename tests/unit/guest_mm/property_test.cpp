// SPDX-License-Identifier: GPL-2.0-or-later
// A hundred thousand random changes of an address space against a model that knows single pages only; and
// look-ups, by tree, list and cache, against the list of areas. Compiled for each edition.
#include <algorithm>
#include <map>
#include <random>
#include <string_view>

#include "fixture.h"

namespace guest {
namespace {

/// What the edition does in its own way (MM_FACTS 4.7, 4.10, 4.14).
constexpr std::string_view kVersion = MMSCOPE_EDITION;
constexpr bool kIs24 = kVersion.starts_with("2.4");
constexpr bool kMergesAll = !kIs24;                     // areas that continue each other become one, always
constexpr bool kCountsPromises = !kIs24;                // VM_ACCOUNT, committed pages
constexpr bool kOffsetOfPlace = !kIs24;                 // anonymous memory has its page number as offset
constexpr long kHoleError = kIs24 ? kEFAULT : kENOMEM;  // of mprotect
constexpr ulong kHeapAccess = kRead | kWrite | (kIs24 ? kExec : 0);
constexpr bool kPrevAboveAll = !kIs24;  // find_vma_prev names the last area for an address above all

/// What a model page is like. Two neighbours that continue each other must be in one area.
struct Page {
    ulong access = 0;  // kRead, kWrite, kExec
    bool shared = false, may_write = true, charged = false;
    int file = kNoFile;
    ulong index = 0;  // in the file, or the page's own number
    bool operator==(const Page&) const = default;
};
using Model = std::map<ulong, Page>;  // by page number

class Property : public SpaceTest, public testing::WithParamInterface<ulong> {
  protected:
    Property() : SpaceTest({.stack = GetParam() ? kUnlimited : 64ul << 20}), random_(GetParam() ? 11 : 12) {
        set_heap(0x08100000, 0);
    }

    ulong pick(ulong count) { return random_() % count; }
    ulong pick_page() { return (pick(2) ? kUnmappedBase : 0x60000000) / kPage + pick(96); }
    ulong pick_access() { return pick(8); }

    bool is_free(ulong first, ulong pages) const {
        const auto found = model_.lower_bound(first);
        return found == model_.end() || found->first >= first + pages;
    }
    void erase(ulong first, ulong pages) {
        model_.erase(model_.lower_bound(first), model_.lower_bound(first + pages));
    }

    void step_mmap();
    void step_munmap();
    void step_mprotect();
    void step_brk();
    void compare();
    void compare_page(const Area& area, ulong page, const Page& p);
    void look_up();

    Model model_;
    ulong brk_ = 0x08100000;
    std::mt19937_64 random_;
};

void Property::step_mmap() {
    const ulong pages = 1 + pick(12), access = pick_access();
    const bool fixed = pick(3), shared = pick(4) == 0;
    const int file = pick(2) ? kNoFile : pick(2) ? kReadOnlyFile : kReadWriteFile;
    const ulong wish = pick_page(), offset = file == kNoFile ? 0 : wish - kUnmappedBase / kPage + pick(2);
    if (shared && file == kNoFile) return;  // a file of its own each time: nothing for the model to compare
    const long result =
        mmap(pick(2) || fixed ? wish * kPage : 0, pages * kPage, access,
             (shared ? kShared : kPrivate) | (fixed ? kFixed : 0) | (file == kNoFile ? kAnonymous : 0), file,
             offset);
    if (shared && file == kReadOnlyFile && (access & kWrite)) {
        ASSERT_EQ(result, kEACCES);
        return;
    }
    ASSERT_GT(result, 0);
    const ulong first = static_cast<ulong>(result) / kPage;
    if (fixed) {
        ASSERT_EQ(first, wish);
        erase(first, pages);
    }
    ASSERT_TRUE(is_free(first, pages)) << "placed over something";
    for (ulong i = 0; i < pages; i++) {
        Page& page = model_[first + i];
        page.access = access;
        page.shared = shared;
        page.may_write = !shared || file == kReadWriteFile;
        page.charged = !shared && (access & kWrite);
        page.file = file;
        page.index = file == kNoFile ? first + i : offset + i;
    }
}

void Property::step_munmap() {
    const ulong first = pick_page(), pages = 1 + pick(20);
    ASSERT_EQ(munmap(first * kPage, pages * kPage), 0);
    erase(first, pages);
}

void Property::step_mprotect() {
    const ulong first = pick_page(), pages = 1 + pick(10), access = pick_access();
    long expected = 0;
    for (ulong page = first; page < first + pages && !expected; page++) {
        const auto found = model_.find(page);
        if (found == model_.end()) {
            expected = kHoleError;
        } else if ((access & kWrite) && !found->second.may_write) {
            expected = kEACCES;
        } else {
            Page& changed = found->second;
            if ((access & kWrite) && !changed.shared && changed.may_write) changed.charged = true;
            changed.access = access;
        }
    }
    ASSERT_EQ(mprotect(first * kPage, pages * kPage, access), expected);
}

void Property::step_brk() {
    constexpr ulong kStart = 0x08100000;
    const ulong wanted = kStart + pick(40 * kPage);
    ASSERT_EQ(static_cast<ulong>(brk(wanted)), wanted);
    const ulong old_end = (brk_ + kPage - 1) / kPage, new_end = (wanted + kPage - 1) / kPage;
    if (new_end < old_end) erase(new_end, old_end - new_end);
    for (ulong page = old_end; page < new_end; page++) {
        model_[page] = Page{.access = kHeapAccess, .charged = true, .index = page};
    }
    brk_ = wanted;
}

void Property::compare_page(const Area& area, ulong page, const Page& p) {
    ASSERT_EQ(area.flags & 7, p.access) << to_string(area);
    ASSERT_EQ(area.file, p.file) << to_string(area);
    if (kOffsetOfPlace || p.file != kNoFile) {
        ASSERT_EQ(area.pgoff + page - area.start / kPage, p.index) << to_string(area);
    }
    ASSERT_EQ((area.flags & kVmMayShare) != 0, p.shared) << to_string(area);
    ASSERT_EQ((area.flags & kVmAccount) != 0, p.charged && kCountsPromises) << to_string(area);
}

void Property::compare() {
    auto expected = model_.begin();
    Page before;
    ulong before_page = 0, committed = 1;  // the stack's page
    for (const Area& area : all_areas()) {
        if (area.end == kTaskSize) continue;
        for (ulong page = area.start / kPage; page < area.end / kPage; page++, ++expected) {
            ASSERT_NE(expected, model_.end());
            ASSERT_EQ(expected->first, page) << to_string(area);
            const Page& p = expected->second;
            ASSERT_NO_FATAL_FAILURE(compare_page(area, page, p));
            committed += p.charged;
            Page next = before;
            next.index++;
            const bool continues = page == before_page + 1 && next == p;
            if (kMergesAll) {
                ASSERT_EQ(continues, page != area.start / kPage) << "wrong border at " << to_string(area);
            }
            before = p;
            before_page = page;
        }
    }
    ASSERT_EQ(expected, model_.end());
    ASSERT_EQ(totals().total_vm, model_.size() + 1);
    if (kCountsPromises) {
        ASSERT_EQ(totals().committed, committed);
    }
    ASSERT_EQ(locks_held(), 0);
}

/// The area that a look-up must find is the first one of the list that ends above the address.
void Property::look_up() {
    const std::vector<Area> list = all_areas();
    for (int i = 0; i < 4; i++) {
        const ulong address = i == 0 ? pick(kTaskSize) : pick_page() * kPage + pick(kPage);
        const auto found = std::ranges::find_if(list, [&](const Area& area) { return area.end > address; });
        const int index = found == list.end() ? -1 : static_cast<int>(found - list.begin());
        const int count = static_cast<int>(list.size());
        const auto contains = [&](int which) {
            return which >= 0 && list[which].start <= address && address < list[which].end;
        };
        const int cached = mmap_cache();
        const Lookups lookups_before = lookups();
        ASSERT_EQ(find_vma(address), index) << std::hex << address;
        ASSERT_EQ(mmap_cache(), index >= 0 ? index : cached);
        ASSERT_EQ(lookups().hits - lookups_before.hits, contains(cached) ? 1u : 0u);
        const Found both = find_vma_prev(address);
        ASSERT_EQ(both.vma, index);
        ASSERT_EQ(both.prev, index >= 0 ? index - 1 : kPrevAboveAll ? count - 1 : -1);
    }
}

TEST_P(Property, every_area_is_what_single_pages_say_and_every_invariant_holds) {
    for (int step = 0; step < 100000; step++) {
        switch (pick(8)) {
            case 0:
            case 1:
            case 2:
                step_mmap();
                break;
            case 3:
            case 4:
                step_munmap();
                break;
            case 5:
            case 6:
                step_mprotect();
                break;
            default:
                step_brk();
        }
        if (HasFatalFailure()) FAIL() << "step " << step;
        if (model_.size() > 600) {
            ASSERT_EQ(munmap(kUnmappedBase, 0x78000000), 0);
            erase(kUnmappedBase / kPage, 0x78000);
        }
        if (step % 16 == 0) compare();
        if (step % 16 == 8) look_up();
        if (HasFatalFailure()) FAIL() << "step " << step;
    }
}

INSTANTIATE_TEST_SUITE_P(Layouts, Property, testing::Values(0, 1),
                         [](const auto& layout) { return layout.param ? "bottom_up" : "top_down"; });

}  // namespace
}  // namespace guest
