// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own checks: with crash=NAME it makes one mistake on purpose (guest/kernel/crash.cpp), and must
// stop where the mistake is made, say which one it is, and name the function in the back trace.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/guest/guest_run.h"

namespace mmscope::test {
namespace {

using testing::HasSubstr;

constexpr int kPanic = 3;

struct Mistake {
    const char* name;
    const char* message;
};

/// For the names of the tests in a failure's report.
void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.name;
}

GuestRun run_with(const std::string& mistake, const std::string& edition = "2.6.28") {
    GuestRun run = run_on_emu(fmt::format("/bin/true crash={}", mistake), {}, edition);
    std::erase(run.serial, '\r');  // the terminal of the guest ends lines by CR LF
    return run;
}

class kernel_check : public testing::TestWithParam<Mistake> {};

TEST_P(kernel_check, stops_the_kernel_where_the_mistake_is_made) {
    const GuestRun run = run_with(GetParam().name);
    EXPECT_EQ(run.code, kPanic) << describe(run.process);
    EXPECT_THAT(run.serial, HasSubstr(fmt::format("Kernel panic: {}\n", GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    each, kernel_check,
    testing::Values(
        Mistake{"spin_lock_twice", "spin_lock: pid 1 holds the lock already"},
        Mistake{"spin_unlock_free", "spin_unlock: the lock is free, pid 1 releases it"},
        Mistake{"schedule_with_a_lock",
                "schedule: init (pid 1) gives up the processor in an atomic section, preempt_count 1"},
        Mistake{"mutex_lock_twice", "mutex_lock: pid 1 holds the mutex already"},
        Mistake{"down_write_twice", "down_write: pid 1 holds the semaphore already"},
        Mistake{"read_while_writing", "down_read: pid 1 holds the semaphore for writing"},
        Mistake{"down_read_in_atomic", "down_read: init (pid 1) may not sleep, preempt_count 1"},
        Mistake{"assert_unheld", "assert_held_write: pid 1 does not hold the semaphore for writing, count 0"},
        Mistake{"link_area_unlocked", "assert_spin_locked: pid 1 does not hold the lock"},
        Mistake{"map_page_unlocked", "assert_spin_locked: pid 1 does not hold the lock"},
        Mistake{"divide_by_zero", "divide error"}, Mistake{"bad_opcode", "invalid opcode"},
        Mistake{"use_fpu", "the kernel used the FPU"}, Mistake{"read_null", "page fault"},
        Mistake{"jump_nowhere", "page fault"},
        Mistake{"overflow_stack", "schedule: the kernel stack of init (pid 1) has overflowed"}),
    [](const auto& of) { return std::string(of.param.name); });

struct BrokenInvariant {
    const char* name;
    const char* message;  // behind the address of the space
    const char* edition = "2.6.28";
};

void PrintTo(const BrokenInvariant& mistake, std::ostream* out) {
    *out << mistake.name;
}

class invariant_check : public testing::TestWithParam<BrokenInvariant> {};

TEST_P(invariant_check, stops_the_kernel_with_the_number_of_the_invariant) {
    const GuestRun run = run_with(GetParam().name);
    EXPECT_EQ(run.code, kPanic) << describe(run.process);
    EXPECT_THAT(run.serial, HasSubstr("Kernel panic: validate_mm("));
    EXPECT_THAT(run.serial, HasSubstr(fmt::format("): {} is ", GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    each, invariant_check,
    testing::Values(
        BrokenInvariant{"half_a_place_on_mmlist", "INV-15: mmlist.next"},
        BrokenInvariant{"a_mask_of_a_processor_elsewhere",
                        "INV-25: cpu_vm_mask of a space that is not loaded"},
        BrokenInvariant{"a_running_space_without_its_mask", "INV-25: cpu_vm_mask of the running task's mm"},
        BrokenInvariant{"an_owner_of_another_space", "INV-40: mm of the owner"},
        BrokenInvariant{"a_listener_that_nobody_points_to", "INV-42: who points to a list entry"},
        BrokenInvariant{"an_aio_context_of_another_space", "INV-43: mm of an AIO context"},
        BrokenInvariant{"a_dump_by_nobody", "INV-44: dumping task"},
        BrokenInvariant{"a_dump_off_the_stack", "INV-44: core_state"},
        BrokenInvariant{"a_dead_space_with_pages", "INV-46: user directory entry of a dead space"},
        BrokenInvariant{"a_token_of_a_space_that_is_gone", "INV-39: mm_count of the token's holder"},
        BrokenInvariant{"equal_areas_side_by_side", "INV-07: equal areas meet at"},
        BrokenInvariant{"a_heap_without_memory", "INV-17: anonymous memory of the heap from"},
        BrokenInvariant{"a_stack_that_does_not_grow", "INV-18: start_stack in a stack"},
        BrokenInvariant{"a_dead_space_that_is_read", "INV-47: mmap_sem.count of a dead space"},
        BrokenInvariant{"a_writer_of_a_running_program", "INV-50: i_writecount"}),
    [](const auto& of) { return std::string(of.param.name); });

/// What the older editions have in their own way.
TEST(edition_checks, stop_the_kernel_with_the_number_of_the_invariant) {
    for (const BrokenInvariant& mistake :
         {BrokenInvariant{"half_a_place_on_mmlist", "INV-15", "2.4.0"},
          {"a_page_that_is_not_there", "INV-10", "2.4.18"},
          {"an_ldt_of_nobody", "INV-38", "2.4.0"},
          {"an_ldt_of_nobody", "INV-38", "2.4.18"},
          {"an_aio_context_of_another_space", "INV-43: mm of an AIO context", "2.6.11"},
          {"a_request_that_is_not_listed", "INV-43: reqs_active of the built-in AIO context", "2.6.11"},
          {"a_dump_that_tells_nobody", "INV-44", "2.6.11"},
          {"a_peak_below_the_size", "INV-36", "2.6.11"},
          {"a_dead_space_with_pages", "INV-46", "2.6.11"}}) {
        const GuestRun run = run_with(mistake.name, mistake.edition);
        EXPECT_EQ(run.code, kPanic) << describe(run.process);
        EXPECT_THAT(run.serial, testing::ContainsRegex(
                                    fmt::format("Kernel panic: validate_mm\\(.*: {}", mistake.message)))
            << mistake.name << " of " << mistake.edition;
    }
}

TEST(kernel_checks, no_lock_leaves_the_kernel_with_a_program) {
    EXPECT_THAT(
        run_with("a_lock_on_the_way_out").serial,
        HasSubstr("Kernel panic: prepare_return: INV-47: init (pid 1) keeps a lock, preempt_count 1"));
}

TEST(kernel_checks, a_back_trace_names_the_functions_from_the_mistake_outwards) {
    const std::string serial = run_with("spin_lock_twice").serial;
    const size_t inner = serial.find("] spin_lock+0x"), outer = serial.find("] spin_lock_twice+0x");
    const size_t thread = serial.find("] kernel_init+0x");
    EXPECT_LT(inner, outer) << serial;
    EXPECT_LT(outer, thread) << serial;
    EXPECT_NE(thread, std::string::npos) << serial;
}

TEST(kernel_checks, an_oops_ends_only_the_thread_that_made_it) {
    const GuestRun run = run_with("oops_in_thread");
    EXPECT_EQ(run.code, 0) << describe(run.process);
    EXPECT_THAT(run.serial, HasSubstr("unable to handle kernel NULL pointer dereference at 00000000"));
    EXPECT_THAT(run.serial, HasSubstr("Oops: page fault, error code 0000\npid"));
    EXPECT_THAT(run.serial, HasSubstr("] thread_that_faults+0x"));
    EXPECT_THAT(run.serial, HasSubstr("crash: the machine goes on\n"));
}

TEST(kernel_checks, interrupts_that_come_faster_than_they_are_served_do_not_pile_up_on_a_stack) {
    const GuestRun run = run_with("storm_of_ticks");
    EXPECT_EQ(run.code, 0) << describe(run.process);
    EXPECT_THAT(run.serial, HasSubstr("crash: the machine goes on\n"));
}

TEST(kernel_checks, the_slab_allocator_notices_misuse_of_a_checked_cache) {
    EXPECT_THAT(run_with("free_twice").serial, HasSubstr("Kernel panic: slab: cache crash, object"));
    EXPECT_THAT(run_with("free_twice").serial, HasSubstr("double free\n"));
    EXPECT_THAT(run_with("write_after_free").serial, HasSubstr("written after it was freed\n"));
    EXPECT_THAT(run_with("write_beyond_the_end").serial, HasSubstr("red zone overwritten\n"));
}

}  // namespace
}  // namespace mmscope::test
