// SPDX-License-Identifier: GPL-2.0-or-later
// Guests that print what the processor did to them: the same on both MMUs, twice, and on QEMU.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "cpu/cpu.h"
#include "guest_run.h"
#include "mmu/tlb_shadow.h"

namespace mmscope::testing {
namespace {

struct Guest {
    const char* name;
    /// Lines (by their first word) in which QEMU 7.2 departs from the manual; see expectations below.
    std::set<std::string> not_as_qemu;
};

void PrintTo(const Guest& guest, std::ostream* out) {
    *out << guest.name;
}

std::string lines_without(const std::string& text, const std::set<std::string>& words) {
    std::istringstream in(text);
    std::string line, kept;
    while (std::getline(in, line)) {
        if (!words.contains(line.substr(0, line.find(' ')))) kept += line + "\n";
    }
    return kept;
}

std::string line_of(const std::string& text, const std::string& word) {
    std::istringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
        if (line.substr(0, line.find(' ')) == word) return line;
    }
    return "no line " + word;
}

/// Collects faults and interrupt returns in words.
struct Recorder : CpuObserver {
    std::vector<PageFault> faults;
    std::vector<InterruptReturn> returns;
    std::vector<uint32_t> directories;
    void page_fault(const PageFault& fault) override { faults.push_back(fault); }
    void interrupt_return(const InterruptReturn& back) override { returns.push_back(back); }
    void directory_load(PhysAddr directory) override { directories.push_back(directory.value); }
    [[nodiscard]] bool wants_interrupt_returns() const override { return true; }

    [[nodiscard]] std::string text() const {
        std::ostringstream out;
        for (const PageFault& fault : faults) {
            out << fault.sequence << ' ' << fault.time.ns << ' ' << fault.instructions << std::hex << ' '
                << fault.cr2.value << ' ' << fault.error_code << ' ' << static_cast<int>(fault.access) << ' '
                << fault.eip.value << ' ' << fault.esp << ' ' << int{fault.cpl} << ' ' << fault.frame.value
                << ' ' << int{fault.instruction_size} << std::dec << '\n';
        }
        for (const InterruptReturn& back : returns) {
            out << "iret " << back.time.ns << std::hex << ' ' << back.frame.value << ' ' << back.eip << ' '
                << back.cs << std::dec << '\n';
        }
        return out.str();
    }
};

class TinyGuests : public ::testing::TestWithParam<Guest> {};
INSTANTIATE_TEST_SUITE_P(Guests, TinyGuests,
                         ::testing::Values(Guest{"exceptions",
                                                 {"int_offset_beyond_limit", "ss_absent_inner_stack",
                                                  "ud_then_np_is_np"}},
                                           Guest{"interrupts", {"trap_flag_rep"}},
                                           Guest{"page_faults", {"iret"}}, Guest{"paging", {}}),
                         [](const auto& guest) { return guest.param.name; });

TEST_P(TinyGuests, print_the_same_under_qemu) {
    const auto truth = run_in_qemu(GetParam().name);
    if (!truth) GTEST_SKIP() << "qemu-system-i386 is not installed";
    const GuestRun run = run_guest(GetParam().name);
    EXPECT_EQ(run.result.end, RunEnd::GuestExit) << run.result.report;
    EXPECT_EQ(lines_without(run.console, GetParam().not_as_qemu),
              lines_without(*truth, GetParam().not_as_qemu));
}

/// Intel SDM vol. 3, "Single-Step Exception Condition": a trap after each iteration; EIP is behind the
/// instruction after the last one. QEMU 10 stops at the instruction once more.
TEST(TinyGuest, single_step_stops_after_each_iteration_of_a_repeated_instruction) {
    EXPECT_EQ(line_of(run_guest("interrupts").console, "trap_flag_rep"),
              "trap_flag_rep 00000000 00000002 00000003 00000004 0000000b 0000000c");
}

TEST_P(TinyGuests, do_the_same_twice_bit_for_bit) {
    Recorder first_events, second_events;
    const GuestRun first = run_guest(GetParam().name, {.observer = &first_events});
    const GuestRun second = run_guest(GetParam().name, {.observer = &second_events});
    EXPECT_EQ(first.console, second.console);
    EXPECT_EQ(first.time, second.time);
    EXPECT_EQ(first.instructions, second.instructions);
    EXPECT_EQ(first_events.text(), second_events.text());
    EXPECT_TRUE(first.ram == second.ram);
}

TEST_P(TinyGuests, do_the_same_under_both_mmus_to_the_nanosecond_and_the_last_byte) {
    Recorder own_events, unicorn_events;
    const GuestRun own = run_guest(GetParam().name, {.mmu = MmuKind::Own, .observer = &own_events});
    const GuestRun unicorn =
        run_guest(GetParam().name, {.mmu = MmuKind::Unicorn, .observer = &unicorn_events});
    EXPECT_EQ(own.console, unicorn.console);
    EXPECT_EQ(own.time, unicorn.time);
    EXPECT_EQ(own.instructions, unicorn.instructions);
    EXPECT_EQ(own_events.text(), unicorn_events.text());
    EXPECT_TRUE(own.ram == unicorn.ram);
}

TEST_P(TinyGuests, run_the_same_whether_observed_or_not) {
    Recorder recorder;
    const GuestRun observed = run_guest(GetParam().name, {.observer = &recorder});
    const GuestRun alone = run_guest(GetParam().name);
    EXPECT_EQ(observed.time, alone.time);
    EXPECT_EQ(observed.instructions, alone.instructions);
    EXPECT_TRUE(observed.ram == alone.ram);
}

// Where QEMU 7.2 and the manual part, the manual counts.

TEST(ByTheManual, a_handler_behind_its_segments_limit_is_gp_0) {
    EXPECT_EQ(line_of(run_guest("exceptions").console, "int_offset_beyond_limit").substr(24, 31),
              "vector 0000000d error 00000000 ");
}

TEST(ByTheManual, an_absent_inner_stack_segment_is_ss) {
    EXPECT_EQ(line_of(run_guest("exceptions").console, "ss_absent_inner_stack").substr(22, 31),
              "vector 0000000c error 00000060 ");
}

TEST(ByTheManual, a_fault_during_the_delivery_of_an_exception_has_ext_set) {
    EXPECT_EQ(line_of(run_guest("exceptions").console, "ud_then_np_is_np").substr(17, 31),
              "vector 0000000b error 00000033 ");
}

TEST(ByTheManual, iret_at_cpl_3_pops_with_the_rights_of_the_user) {
    for (const MmuKind mmu : {MmuKind::Own, MmuKind::Unicorn}) {
        EXPECT_EQ(line_of(run_guest("page_faults", {.mmu = mmu}).console, "iret").substr(0, 22),
                  "iret 00000100 00000004");
    }
}

TEST(Observer, a_page_fault_says_everything_about_itself) {
    Recorder recorder;
    run_guest("page_faults", {.observer = &recorder});
    ASSERT_GT(recorder.faults.size(), 50u);
    const PageFault& fault = recorder.faults[1];  // mov 0x123(%ebx),%eax
    EXPECT_EQ(fault.sequence, 1u);
    EXPECT_EQ(fault.cr2.page_offset(), 0x123u);
    EXPECT_EQ(fault.error_code, 0u);
    EXPECT_EQ(fault.access, Access::Read);
    EXPECT_EQ(fault.cpl, 0);
    EXPECT_EQ(fault.instruction_size, 6);
    EXPECT_EQ(fault.instruction[0], 0x8B);
    EXPECT_EQ(fault.frame.value, fault.esp - 16);
    EXPECT_FALSE(fault.walk.present);
    ASSERT_TRUE(fault.walk.pte);
    EXPECT_EQ(*fault.walk.pte, 0u);
    EXPECT_GT(fault.time, recorder.faults[0].time);
    EXPECT_GT(fault.instructions, recorder.faults[0].instructions);
}

TEST(Observer, a_fetch_fault_has_no_instruction_and_names_itself_a_fetch) {
    Recorder recorder;
    run_guest("page_faults", {.observer = &recorder});
    int fetches = 0;
    for (const PageFault& fault : recorder.faults) {
        if (fault.access != Access::Fetch) continue;
        ++fetches;
        EXPECT_EQ(fault.instruction_size, 0);
    }
    EXPECT_EQ(fetches, 5);  // two jumps and a cut instruction in the kernel, two jumps of the user
}

TEST(Observer, an_interrupt_return_names_the_frame_that_the_fault_pushed) {
    Recorder recorder;
    run_guest("paging", {.observer = &recorder});
    ASSERT_EQ(recorder.faults.size(), 2u);
    ASSERT_EQ(recorder.returns.size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(recorder.returns[i].frame, recorder.faults[i].frame + 4);
        EXPECT_EQ(recorder.returns[i].eip, recorder.faults[i].eip.value);
        EXPECT_GT(recorder.returns[i].time, recorder.faults[i].time);
    }
}

TEST(Observer, loads_of_the_directory_are_told_with_the_new_one) {
    Recorder recorder;
    run_guest("paging", {.observer = &recorder});
    ASSERT_EQ(recorder.directories.size(), 2u);
    EXPECT_EQ(recorder.directories[0], recorder.directories[1]);
    EXPECT_EQ(recorder.directories[0], recorder.faults[0].directory.value);
}

TEST(Tlb, counts_flushes_and_invalidations_of_a_running_guest_under_both_mmus) {
    for (const MmuKind mmu : {MmuKind::Own, MmuKind::Unicorn}) {
        GuestRun run;
        const auto machine = make_machine("paging", {.mmu = mmu}, run);
        ASSERT_NE(machine, nullptr);
        machine->run();
        const TlbShadow& tlb = machine->cpu().tlb();
        EXPECT_EQ(tlb.total().invalidations, 5u);
        EXPECT_EQ(tlb.total().flushes, 6u);  // MOV CR3 twice, PSE and PGE, PG and WP, PGE off, PGE on
        EXPECT_EQ(tlb.sees_fills(), mmu == MmuKind::Own);
        if (mmu == MmuKind::Own) {
            EXPECT_GT(tlb.total().fills, 20u);
        }
    }
}

}  // namespace
}  // namespace mmscope::testing
