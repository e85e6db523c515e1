// SPDX-License-Identifier: GPL-2.0-or-later
// Each kind of fault from the evidence alone.
#include "trace/fault_classifier.h"

#include <gtest/gtest.h>

namespace mmscope::test {
namespace {

constexpr uint32_t kUserRead = kFaultUser, kUserWrite = kFaultUser | kFaultWrite;
constexpr uint32_t kPresentUser = kPresent | kUser | kAccessed;

/// A walk whose last entry is `pte`; no table at all if it is none.
Walk walk_of(LinearAddr address, std::optional<uint32_t> pte) {
    Walk walk;
    walk.address = address;
    walk.pde = pte ? 0x5067 : 0;
    walk.pte = pte;
    walk.present = pte && (*pte & kPresent);
    walk.writable = pte && (*pte & kWritable);
    walk.user = pte && (*pte & kUser);
    if (walk.present) walk.physical = PhysAddr((*pte & ~0xFFFu) | address.page_offset());
    return walk;
}

class Classify : public ::testing::Test {
  protected:
    Classify() {
        anonymous.start = file.start = LinearAddr(0x40000000);
        anonymous.end = file.end = LinearAddr(0x40010000);
        anonymous.flags = file.flags = 0x3;  // read, write, private
        file.file = FileModel{.major = 0, .minor = 0, .inode = 1, .size = 0x2800, .path = "/data"};
        evidence.mode.paging = evidence.mode.write_protect = true;
        evidence.zero_page = PhysAddr(0x9000);
        evidence.exit = FaultExit::SameInstruction;
        evidence.vma_before = &anonymous;
        fault(0x40001004, kUserRead);
    }
    void fault(uint32_t address, uint32_t error_code) {
        evidence.address = LinearAddr(address);
        evidence.error_code = error_code;
        evidence.access = error_code & kFaultWrite ? Access::Write : Access::Read;
        entries(std::nullopt, std::nullopt);
    }
    void entries(std::optional<uint32_t> before, std::optional<uint32_t> after) {
        evidence.before = walk_of(evidence.address, before);
        evidence.after = walk_of(evidence.address, after);
    }
    std::string verdict() const {
        const FaultVerdict v = classify_fault(evidence);
        return std::string(to_string(v.kind)) + " " + std::string(to_string(v.outcome));
    }
    VmaModel anonymous, file;
    FaultEvidence evidence;
};

TEST_F(Classify, a_write_to_untouched_anonymous_memory_is_demand_zero) {
    fault(0x40001004, kUserWrite);
    entries(0, 0x7000 | kPresentUser | kWritable | kDirty);
    EXPECT_EQ(verdict(), "demand_zero retried");
    entries(std::nullopt, 0x7000 | kPresentUser | kWritable | kDirty);  // not even a page table before
    EXPECT_EQ(verdict(), "demand_zero retried");
}

TEST_F(Classify, a_read_of_untouched_anonymous_memory_that_maps_the_zero_page) {
    entries(0, 0x9000 | kPresentUser);
    EXPECT_EQ(verdict(), "zero_page retried");
    entries(0, 0xA000 | kPresentUser);  // a frame of its own, as a stock 2.6.28 does
    EXPECT_EQ(verdict(), "demand_zero retried");
}

TEST_F(Classify, a_first_touch_of_a_file) {
    evidence.vma_before = &file;
    entries(0, 0x7000 | kPresentUser);
    EXPECT_EQ(verdict(), "file_read retried");
    fault(0x40001004, kUserWrite);
    entries(0, 0x7000 | kPresentUser | kWritable);
    EXPECT_EQ(verdict(), "cow_copy retried");  // private: the page is copied at once
    file.flags |= 0x8;
    EXPECT_EQ(verdict(), "file_read retried");  // shared: the cache's own frame
}

TEST_F(Classify, a_write_to_a_read_only_entry_copies_or_reuses) {
    fault(0x40001004, kUserWrite | kFaultProtection);
    entries(0x7000 | kPresentUser, 0x8000 | kPresentUser | kWritable);
    EXPECT_EQ(verdict(), "cow_copy retried");
    entries(0x7000 | kPresentUser, 0x7000 | kPresentUser | kWritable);
    EXPECT_EQ(verdict(), "cow_reuse retried");
    entries(0x9000 | kPresentUser, 0x8000 | kPresentUser | kWritable);
    EXPECT_EQ(verdict(), "demand_zero retried");  // away from the zero page: nothing is copied
}

TEST_F(Classify, an_area_that_grew_down_to_the_address_is_stack_growth) {
    fault(0x3FFFFFF0, kUserWrite);
    evidence.vma_before = nullptr;
    evidence.vma_after = &anonymous;
    entries(0, 0x7000 | kPresentUser | kWritable);
    EXPECT_EQ(verdict(), "stack_growth retried");
}

TEST_F(Classify, an_entry_that_names_a_swap_slot_is_swap_in) {
    entries(0x00000300, 0x7000 | kPresentUser);
    EXPECT_EQ(verdict(), "swap_in retried");
}

TEST_F(Classify, an_entry_of_a_nonlinear_file_is_file_read) {
    evidence.vma_before = &file;
    entries(0x00000340, 0x7000 | kPresentUser);
    EXPECT_EQ(verdict(), "file_read retried");
}

TEST_F(Classify, a_kernel_address_that_is_mapped_afterwards_is_vmalloc_sync) {
    fault(0xC8801000, 0);
    evidence.vma_before = nullptr;
    entries(std::nullopt, 0x7000 | kPresent | kWritable);
    EXPECT_EQ(verdict(), "vmalloc_sync retried");
}

TEST_F(Classify, an_access_the_entries_already_allowed_is_spurious) {
    fault(0x40001004, kUserWrite | kFaultProtection);
    entries(0x7000 | kPresentUser | kWritable, 0x7000 | kPresentUser | kWritable);
    EXPECT_EQ(verdict(), "spurious retried");
}

TEST_F(Classify, the_kernel_going_on_elsewhere_is_a_fix_up) {
    fault(0x00000010, kFaultWrite);
    evidence.vma_before = nullptr;
    evidence.exit = FaultExit::ElsewhereInKernel;
    EXPECT_EQ(verdict(), "kernel_fixup fixed_up");
}

TEST_F(Classify, the_kernel_not_going_on_at_all_is_an_oops) {
    fault(0x00000010, kFaultWrite);
    evidence.vma_before = nullptr;
    evidence.exit = FaultExit::NeverReturned;
    EXPECT_EQ(verdict(), "kernel_oops killed");
}

TEST_F(Classify, no_area_is_segv_map_caught_or_not) {
    evidence.vma_before = nullptr;
    evidence.exit = FaultExit::ElsewhereInUser;
    EXPECT_EQ(verdict(), "segv_map signal");
    evidence.exit = FaultExit::NeverReturned;
    EXPECT_EQ(verdict(), "segv_map killed");
    fault(0xC0100000, kUserRead | kFaultProtection);  // a user's hand on kernel memory
    EXPECT_EQ(verdict(), "segv_map killed");
}

TEST_F(Classify, an_area_without_the_right_is_segv_access) {
    anonymous.flags = 0x1;
    fault(0x40001004, kUserWrite | kFaultProtection);
    evidence.exit = FaultExit::ElsewhereInUser;
    EXPECT_EQ(verdict(), "segv_access signal");
    anonymous.flags = 0x0;
    fault(0x40001004, kUserRead);
    EXPECT_EQ(verdict(), "segv_access signal");
    anonymous.flags = 0x2;  // write-only may be read in this edition: then it is something else
    EXPECT_EQ(verdict(), "out_of_memory signal");
    fault(0x40001004, kUserRead | kFaultProtection);
    EXPECT_EQ(verdict(), "segv_access signal");
}

TEST_F(Classify, behind_the_last_page_of_the_file_is_bus_error) {
    evidence.vma_before = &file;  // 0x2800 bytes: three pages
    evidence.exit = FaultExit::NeverReturned;
    fault(0x40003000, kUserRead);
    EXPECT_EQ(verdict(), "bus_error killed");
    fault(0x40002FFF, kUserRead);
    EXPECT_EQ(verdict(), "out_of_memory killed");
    file.pgoff = 1;
    EXPECT_EQ(verdict(), "bus_error killed");
}

TEST_F(Classify, an_allowed_access_that_ends_the_task_is_out_of_memory) {
    fault(0x40001004, kUserWrite);
    evidence.exit = FaultExit::NeverReturned;
    EXPECT_EQ(verdict(), "out_of_memory killed");
}

TEST_F(Classify, a_signal_that_came_after_the_page_does_not_hide_what_the_fault_was) {
    fault(0x40001004, kUserWrite);
    entries(0, 0x7000 | kPresentUser | kWritable);
    evidence.exit = FaultExit::ElsewhereInUser;
    EXPECT_EQ(verdict(), "demand_zero signal");
}

TEST_F(Classify, back_to_the_instruction_without_the_page_is_unresolved) {
    entries(0, 0);
    EXPECT_EQ(verdict(), "unresolved retried");
    entries(0, 0x7000 | kPresent);  // present, but not for user mode
    EXPECT_EQ(verdict(), "unresolved retried");
}

TEST_F(Classify, a_page_that_another_thread_protected_again_was_still_mapped_by_this_fault) {
    fault(0x40001004, kUserWrite);
    entries(0, 0x7000 | kPresentUser);  // a fork came before the return
    EXPECT_EQ(verdict(), "demand_zero retried");
}

TEST_F(Classify, a_run_that_ends_leaves_the_fault_unfinished) {
    evidence.exit = FaultExit::RunEnded;
    EXPECT_EQ(verdict(), "unfinished unfinished");
}

TEST(VmFlags, are_told_in_words_and_unknown_bits_as_a_number) {
    EXPECT_EQ(vm_flags_in_words(0x100073), "read|write|mayread|maywrite|mayexec|account");
    EXPECT_EQ(vm_flags_in_words(0x80000001), "read|0x80000000");
    EXPECT_EQ(vm_flags_in_words(0), "");
}

}  // namespace
}  // namespace mmscope::test
