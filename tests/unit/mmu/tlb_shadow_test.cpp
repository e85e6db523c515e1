// SPDX-License-Identifier: GPL-2.0-or-later
// The shadow knows what is live and counts what happens, by space and by process.
#include "mmu/tlb_shadow.h"

#include <gtest/gtest.h>

#include <vector>

namespace mmscope {

void PrintTo(const TlbCounters& counters, std::ostream* out) {
    *out << "fills " << counters.fills << " refills " << counters.refills << " flushes " << counters.flushes
         << " invalidations " << counters.invalidations;
}

namespace {

constexpr LinearAddr kUserPage{0x08048000};
constexpr LinearAddr kKernelPage{0xC0100000};

Translation page_at(LinearAddr page, uint32_t frame) {
    return {.page = page, .frame = PhysAddr(frame), .writable = true, .user = true};
}
Translation global_page() {
    return {.page = kKernelPage, .frame = PhysAddr(0x100000), .writable = true, .global = true};
}

TEST(TlbShadow, a_translation_is_live_until_the_directory_changes) {
    TlbShadow tlb(true);
    tlb.enter(page_at(kUserPage, 0x5000), TlbUse::UserRead);
    EXPECT_EQ(tlb.find(kUserPage + 0x123), page_at(kUserPage, 0x5000));
    tlb.load_directory(PhysAddr(0x2000));
    EXPECT_EQ(tlb.find(kUserPage), std::nullopt);
    EXPECT_EQ(tlb.total(), (TlbCounters{.fills = 1, .flushes = 1}));
}

TEST(TlbShadow, a_global_translation_survives_the_directory_but_not_a_full_flush) {
    TlbShadow tlb(true);
    tlb.enter(global_page(), TlbUse::SupervisorRead);
    tlb.load_directory(PhysAddr(0x2000));
    EXPECT_EQ(tlb.find(kKernelPage), global_page());
    tlb.flush_all();
    EXPECT_EQ(tlb.find(kKernelPage), std::nullopt);
}

TEST(TlbShadow, a_global_page_asked_for_again_after_mov_cr3_is_one_refill_and_no_fill) {
    TlbShadow tlb(true);
    tlb.enter(global_page(), TlbUse::SupervisorRead);
    tlb.load_directory(PhysAddr(0x2000));
    tlb.reuse(kKernelPage, TlbUse::SupervisorRead);
    tlb.reuse(kKernelPage, TlbUse::SupervisorRead);  // evicted by the engine for its own reasons
    EXPECT_EQ(tlb.total(), (TlbCounters{.fills = 1, .refills = 1, .flushes = 1}));
}

TEST(TlbShadow, what_the_engine_was_allowed_already_is_no_refill_when_it_asks_again) {
    TlbShadow tlb(true);
    Translation dirty = page_at(kUserPage, 0x5000);
    dirty.dirty = true;
    tlb.enter(dirty, TlbUse::UserRead);
    tlb.reuse(kUserPage, TlbUse::UserWrite);  // the entry of a dirty page allowed it: evicted since
    EXPECT_EQ(tlb.total().refills, 0u);
    tlb.reuse(kUserPage, TlbUse::SupervisorWrite);
    tlb.reuse(kUserPage, TlbUse::SupervisorRead);
    EXPECT_EQ(tlb.total().refills, 1u);
}

TEST(TlbShadow, the_first_write_to_a_clean_page_is_a_refill) {
    TlbShadow tlb(true);
    tlb.enter(page_at(kUserPage, 0x5000), TlbUse::UserRead);
    Translation dirty = page_at(kUserPage, 0x5000);
    dirty.dirty = true;
    tlb.enter(dirty, TlbUse::UserWrite);
    EXPECT_EQ(tlb.total(), (TlbCounters{.fills = 1, .refills = 1}));
    EXPECT_EQ(tlb.find(kUserPage), dirty);
}

TEST(TlbShadow, invlpg_drops_one_page_and_counts_even_when_nothing_was_there) {
    TlbShadow tlb(true);
    tlb.enter(page_at(kUserPage, 0x5000), TlbUse::UserRead);
    tlb.enter(page_at(kUserPage + 0x1000, 0x6000), TlbUse::UserRead);
    EXPECT_FALSE(tlb.invalidate(kUserPage + 5));
    EXPECT_FALSE(tlb.invalidate(kUserPage + 5));
    EXPECT_EQ(tlb.find(kUserPage), std::nullopt);
    EXPECT_NE(tlb.find(kUserPage + 0x1000), std::nullopt);
    EXPECT_EQ(tlb.total().invalidations, 2u);
}

TEST(TlbShadow, invlpg_drops_a_global_page_too) {
    TlbShadow tlb(true);
    tlb.enter(global_page(), TlbUse::SupervisorRead);
    tlb.invalidate(kKernelPage);
    EXPECT_EQ(tlb.find(kKernelPage), std::nullopt);
}

TEST(TlbShadow, invlpg_of_one_piece_of_a_4_mib_page_drops_all_its_pieces) {
    TlbShadow tlb(true);
    for (const uint32_t offset : {0u, 0x5000u, 0x3FF000u}) {
        Translation piece = page_at(LinearAddr(0x40000000 + offset), 0x400000 + offset);
        piece.large = true;
        tlb.enter(piece, TlbUse::SupervisorRead);
    }
    EXPECT_TRUE(tlb.invalidate(LinearAddr(0x40123456)));  // a piece that was never used
    for (const uint32_t offset : {0u, 0x5000u, 0x3FF000u}) {
        EXPECT_EQ(tlb.find(LinearAddr(0x40000000 + offset)), std::nullopt) << offset;
    }
}

TEST(TlbShadow, events_belong_to_the_space_and_the_process_of_their_time) {
    TlbShadow tlb(true);
    tlb.load_directory(PhysAddr(0x2000));
    tlb.set_process(7);
    tlb.enter(page_at(kUserPage, 0x5000), TlbUse::UserRead);
    tlb.load_directory(PhysAddr(0x3000));
    tlb.set_process(9);
    tlb.enter(page_at(kUserPage, 0x6000), TlbUse::UserRead);
    tlb.invalidate(kUserPage);
    const std::map<uint32_t, TlbCounters> spaces = {{0, {.flushes = 1}},
                                                    {0x2000, {.fills = 1, .flushes = 1}},
                                                    {0x3000, {.fills = 1, .invalidations = 1}}};
    const std::map<uint32_t, TlbCounters> processes = {{7, {.fills = 1, .flushes = 1}},
                                                       {9, {.fills = 1, .invalidations = 1}}};
    EXPECT_EQ(tlb.by_space(), spaces);
    EXPECT_EQ(tlb.by_process(), processes);
}

TEST(TlbShadow, a_dropped_translation_is_gone_without_being_counted) {
    TlbShadow tlb(true);
    tlb.enter(page_at(kUserPage, 0x5000), TlbUse::UserRead);
    tlb.drop(kUserPage);
    EXPECT_EQ(tlb.find(kUserPage), std::nullopt);
    EXPECT_EQ(tlb.total(), (TlbCounters{.fills = 1}));
}

TEST(TlbShadow, lists_live_translations_in_ascending_order) {
    TlbShadow tlb(true);
    tlb.enter(global_page(), TlbUse::SupervisorRead);
    tlb.enter(page_at(kUserPage + 0x1000, 0x6000), TlbUse::UserRead);
    tlb.enter(page_at(kUserPage, 0x5000), TlbUse::UserRead);
    std::vector<uint32_t> pages;
    tlb.for_each([&](const Translation& translation) { pages.push_back(translation.page.value); });
    EXPECT_EQ(pages, (std::vector<uint32_t>{0x08048000, 0x08049000, 0xC0100000}));
}

TEST(TlbShadow, nothing_comes_back_to_life_after_many_thousand_flushes) {
    TlbShadow tlb(true);
    tlb.enter(page_at(kUserPage, 0x5000), TlbUse::UserRead);
    for (int i = 0; i < 70'000; ++i) {
        tlb.load_directory(PhysAddr(0x2000));
        ASSERT_EQ(tlb.find(kUserPage), std::nullopt) << i;
    }
}

TEST(TlbShadow, says_that_it_cannot_see_fills_under_unicorns_mmu) {
    EXPECT_FALSE(TlbShadow(false).sees_fills());
    EXPECT_TRUE(TlbShadow(true).sees_fills());
}

}  // namespace
}  // namespace mmscope
