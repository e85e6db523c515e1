// SPDX-License-Identifier: GPL-2.0-or-later
// INV-28 on a machine that swaps: a count of swap_map is changed, or who has the slot, and the audit names
// the slot. The machine is row N10's: parent and child have the same pages in the swap area.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/audit/lab.h"
#include "tests/support/swap_disk.h"

namespace mmscope::test {
namespace {

constexpr uint32_t kBadSlot = 0x8000;

Lab& swapping_machine() {
    static SwapDisk disk;
    static Lab one(2, {.ram = 8u << 20,
                       .command_line = "init=/rows/N10_reclaim_takes_a_page_from_all_who_map_it",
                       .disk = &disk.medium});
    one.restore();
    return one;
}

/// Where the subject has an entry that names a slot, in the lowest area that has one.
LinearAddr swapped_entry(const Lab& lab) {
    constexpr uint32_t kMayNotBeSet = 0xC1;  // present, nonlinear, PROT_NONE
    for (LinearAddr vma = lab.vma(); vma.value != 0;
         vma = LinearAddr(lab.get(vma, "vm_area_struct", "vm_next"))) {
        const uint32_t end = lab.get(vma, "vm_area_struct", "vm_end");
        for (uint32_t at = lab.get(vma, "vm_area_struct", "vm_start"); at < end; at += kPageSize) {
            const LinearAddr entry = lab.pte_at(at);
            if (entry.value == 0 || lab.word(entry) == 0) continue;
            if ((lab.word(entry) & kMayNotBeSet) == 0) return entry;
        }
    }
    ADD_FAILURE() << "nothing is in the swap area";
    return {};
}

/// The counts of the first area.
class Counts {
  public:
    explicit Counts(Lab& lab)
        : lab_(lab), first_(lab.get(lab.symbol("swap_info"), "swap_info_struct", "map.count")) {}
    [[nodiscard]] uint16_t operator[](uint32_t slot) const {
        return static_cast<uint16_t>(lab_.word(word_of(slot)) >> shift_of(slot));
    }
    void set(uint32_t slot, uint32_t count) {
        const uint32_t others = lab_.word(word_of(slot)) & ~(0xFFFFu << shift_of(slot));
        lab_.set_word(word_of(slot), others | count << shift_of(slot));
    }

  private:
    [[nodiscard]] LinearAddr word_of(uint32_t slot) const { return first_ + (slot & ~1u) * 2; }
    static uint32_t shift_of(uint32_t slot) { return (slot & 1) * 16; }
    Lab& lab_;
    LinearAddr first_;
};

/// What the audit finds, "INV-28 swap_map[7] of area 0: 3, not 2", a line each.
std::string findings(Lab& lab, AuditPlace place = AuditPlace::AtRest) {
    std::string text;
    for (const AuditFinding& finding : lab.audit(place).findings)
        text += fmt::format("{} {}: {}, not {}\n", finding.id, finding.what, finding.found, finding.expected);
    return text;
}
std::string wrong_count(uint32_t slot, uint32_t found, uint32_t expected) {
    return fmt::format("INV-28 swap_map[{}] of area 0: {}, not {}\n", slot, found, expected);
}

TEST(audit_of_swap_slots, of_an_undamaged_machine_finds_nothing) {
    Lab& lab = swapping_machine();
    EXPECT_EQ(findings(lab), "");
    EXPECT_EQ(Counts(lab)[lab.word(swapped_entry(lab)) >> 8], 2u) << "the parent's entry and the child's";
}

TEST(audit_of_swap_slots, names_a_slot_with_a_user_too_many_or_too_few) {
    Lab& lab = swapping_machine();
    const uint32_t slot = lab.word(swapped_entry(lab)) >> 8;
    for (const uint32_t count : {0u, 1u, 3u, 0x7FFFu}) {
        Counts(lab).set(slot, count);
        EXPECT_EQ(findings(lab), wrong_count(slot, count, 2));
    }
}

TEST(audit_of_swap_slots, names_a_user_too_many_while_somebody_is_on_his_way_through_the_kernel) {
    Lab& lab = swapping_machine();
    const uint32_t slot = lab.word(swapped_entry(lab)) >> 8;
    Counts(lab).set(slot, 3);
    EXPECT_FALSE(lab.audit(AuditPlace::Anywhere).quiet);
    EXPECT_EQ(findings(lab, AuditPlace::Anywhere), wrong_count(slot, 3, 2));
}

TEST(audit_of_swap_slots, names_a_slot_that_nobody_uses_and_one_that_is_bad_and_used) {
    Lab& lab = swapping_machine();
    const uint32_t used = lab.word(swapped_entry(lab)) >> 8;
    const uint32_t last = SwapDisk::kBytes / SwapDisk::kPageBytes - 1;
    ASSERT_EQ(Counts(lab)[last], 0u);
    Counts(lab).set(last, 1);
    EXPECT_EQ(findings(lab), wrong_count(last, 1, 0));
    Counts(lab).set(last, kBadSlot);  // a place that mkswap found to be bad
    EXPECT_EQ(findings(lab), "");
    Counts(lab).set(used, kBadSlot);
    EXPECT_EQ(findings(lab), wrong_count(used, kBadSlot, 2));
}

TEST(audit_of_swap_slots, names_both_slots_if_an_entry_names_another) {
    Lab& lab = swapping_machine();
    const LinearAddr entry = swapped_entry(lab);
    const uint32_t slot = lab.word(entry) >> 8;
    constexpr uint32_t kFree = 8000;
    ASSERT_EQ(Counts(lab)[kFree], 0u);
    lab.set_word(entry, kFree << 8);
    EXPECT_EQ(findings(lab), wrong_count(slot, 2, 1) + wrong_count(kFree, 0, 1));
    lab.set_word(entry, 9000u << 8);
    EXPECT_EQ(findings(lab),
              wrong_count(slot, 2, 1) + "INV-28 a swap entry of area 0: slot 9000, not below 8192\n");
}

}  // namespace
}  // namespace mmscope::test
