// SPDX-License-Identifier: GPL-2.0-or-later
// The machine boots tiny guests, keeps time, and ends as it should.
#include "machine/machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "cpu/cpu_snapshot.h"
#include "devices/uart16550.h"
#include "guest_run.h"

namespace mmscope::testing {
namespace {

class BothMmus : public ::testing::TestWithParam<MmuKind> {};
INSTANTIATE_TEST_SUITE_P(Mmu, BothMmus, ::testing::Values(MmuKind::Own, MmuKind::Unicorn),
                         [](const auto& kind) { return kind.param == MmuKind::Own ? "own" : "unicorn"; });

TEST_P(BothMmus, a_guest_turns_paging_on_takes_a_timer_interrupt_and_exits_with_its_code) {
    const GuestRun run = run_guest("hello", {.mmu = GetParam()});
    EXPECT_EQ(run.console, "hello\n");
    EXPECT_EQ(run.result.end, RunEnd::GuestExit) << run.result.report;
    EXPECT_EQ(run.result.exit_code, 7u);
}

TEST_P(BothMmus, code_of_any_length_is_run_once_and_faults_where_it_faults) {
    const GuestRun run = run_guest("much_code", {.mmu = GetParam(), .translation_buffer = 1u << 20});
    EXPECT_EQ(run.console, "00001000 faults, 00000000 wrong, 00000000 miscounted\n") << run.result.report;
    EXPECT_EQ(run.result.end, RunEnd::GuestExit);
}

TEST_P(BothMmus, a_triple_fault_ends_the_machine_with_a_report_of_each_step_and_the_registers) {
    const GuestRun run = run_guest("triple_fault", {.mmu = GetParam()});
    EXPECT_EQ(run.result.end, RunEnd::ShutDown);
    EXPECT_EQ(run.result.report.substr(0, run.result.report.find("\neip ")),
              "triple fault: #UD\n"
              "  its delivery raised #GP error 0x33\n"
              "  its delivery raised #GP error 0x6b\n"
              "  which makes #DF\n"
              "  its delivery raised #GP error 0x43");
    EXPECT_NE(run.result.report.find("cs 0008"), std::string::npos) << run.result.report;
}

TEST_P(BothMmus, halting_with_interrupts_off_ends_the_machine) {
    const GuestRun run = run_guest("ends", {.mmu = GetParam(), .command_line = "h"});
    EXPECT_EQ(run.result.end, RunEnd::ShutDown);
    EXPECT_EQ(run.result.report.find("halted with interrupts disabled"), 0u) << run.result.report;
}

// 25 hours of its timer, so on one MMU only.
TEST(Machine, halting_with_interrupts_on_but_no_device_armed_ends_the_machine) {
    const GuestRun run = run_guest("ends", {.command_line = "w", .until = VirtualTime::never()});
    EXPECT_EQ(run.result.end, RunEnd::ShutDown);
    EXPECT_NE(run.result.report.find("halted for good"), std::string::npos) << run.result.report;
}

TEST_P(BothMmus, a_guest_that_spins_with_interrupts_off_is_stopped_at_the_time_limit) {
    const VirtualTime limit{5'000'000};
    const GuestRun run = run_guest("ends", {.mmu = GetParam(), .command_line = "s", .until = limit});
    EXPECT_EQ(run.result.end, RunEnd::TimeLimit);
    EXPECT_GE(run.time, limit);
    EXPECT_LT(run.time, limit + 100);
}

TEST_P(BothMmus, a_halted_guest_is_stopped_exactly_at_the_time_limit) {
    const VirtualTime limit{123'456'789};
    const GuestRun run = run_guest("ends", {.mmu = GetParam(), .command_line = "w", .until = limit});
    EXPECT_EQ(run.result.end, RunEnd::TimeLimit);
    EXPECT_EQ(run.time, limit);
}

TEST_P(BothMmus, the_keyboard_controller_can_ask_for_a_reset) {
    EXPECT_EQ(run_guest("ends", {.mmu = GetParam(), .command_line = "r"}).result.end, RunEnd::Reset);
}

TEST_P(BothMmus, a_jump_to_where_no_ram_is_raises_an_undefined_opcode) {
    EXPECT_EQ(run_guest("ends", {.mmu = GetParam(), .command_line = "j"}).console, "f0000000");
}

TEST_P(BothMmus, nobody_answers_with_all_ones_and_video_memory_keeps_what_is_written) {
    EXPECT_EQ(run_guest("ends", {.mmu = GetParam(), .command_line = "a"}).console,
              "ffffffffffffffffffffffffffffffffffff0741");
}

TEST_P(BothMmus, the_time_stamp_counter_counts_bytes_of_executed_code) {
    // rdtsc (2), mov (2), three nops, the second rdtsc; then rdtsc, mov, mov imm (5), 1000 loops of 2 bytes.
    const GuestRun run = run_guest("ends", {.mmu = GetParam(), .command_line = "t"});
    EXPECT_EQ(run.console, "00000007 000007d9");
}

/// Stops the machine at the first poll.
struct Stopper : MachineHost {
    int polls = 0;
    void poll(Machine& machine) override {
        if (++polls == 3) machine.request_stop();
    }
};

TEST_P(BothMmus, a_request_to_stop_is_answered_at_the_next_poll_and_the_run_can_go_on) {
    Stopper host;
    GuestRun run;
    const auto machine = make_machine("ends", {.mmu = GetParam(), .command_line = "s", .host = &host}, run);
    ASSERT_NE(machine, nullptr);
    EXPECT_EQ(machine->run({.until = {100'000'000}}).end, RunEnd::Stopped);
    EXPECT_EQ(host.polls, 3);
    const VirtualTime stopped = machine->now();
    EXPECT_EQ(machine->run({.until = stopped + 1'000'000}).end, RunEnd::TimeLimit);
    EXPECT_GT(machine->now(), stopped);
}

struct Checkpoints : MachineHost {
    std::string* console = nullptr;
    std::string seen;
    void checkpoint(Machine&, uint32_t id) override {
        seen += std::to_string(id) + "after'" + *console + "' ";
    }
};

TEST_P(BothMmus, checkpoints_are_told_in_order_while_the_guest_stands_still) {
    Checkpoints host;
    GuestRun run;
    const auto machine = make_machine("ends", {.mmu = GetParam(), .command_line = "c", .host = &host}, run);
    ASSERT_NE(machine, nullptr);
    host.console = &run.console;
    EXPECT_EQ(machine->run().end, RunEnd::GuestExit);
    EXPECT_EQ(host.seen, "5after'' 6after'a' ");
    EXPECT_EQ(run.console, "ab");
}

/// Types one byte into the serial port at each poll.
struct Typist : MachineHost {
    std::string text;
    size_t next = 0;
    void poll(Machine& machine) override {
        if (next < text.size() && machine.uart().can_receive())
            machine.uart().receive(static_cast<uint8_t>(text[next++]));
    }
};

TEST_P(BothMmus, input_of_the_host_reaches_the_guest) {
    Typist host;
    host.text = "echo this.";
    const GuestRun run = run_guest("ends", {.mmu = GetParam(), .command_line = "e", .host = &host});
    EXPECT_EQ(run.serial, "echo this.");
    EXPECT_EQ(run.result.end, RunEnd::GuestExit);
}

/// Writes over the guest's code as a device would, at the second poll.
struct Patcher : MachineHost {
    int polls = 0;
    void poll(Machine& machine) override {
        if (++polls != 2) return;
        constexpr std::array<std::byte, 6> kOld = {std::byte{0xB8}, std::byte{0x44}, std::byte{0x33},
                                                   std::byte{0x22}, std::byte{0x11}, std::byte{0xC3}};
        constexpr std::array<std::byte, 2> kNew = {std::byte{77}, std::byte{0}};
        const auto ram = machine.memory().bytes();
        const auto found = std::ranges::search(ram, kOld).begin();
        ASSERT_NE(found, ram.end());
        const PhysAddr at(static_cast<uint32_t>(found - ram.begin()) + 1);
        EXPECT_TRUE(machine.cpu().write_memory(at, kNew));
    }
};

TEST_P(BothMmus, code_that_a_device_writes_over_is_translated_anew) {
    Patcher host;
    const GuestRun run = run_guest("ends", {.mmu = GetParam(), .command_line = "d", .host = &host});
    EXPECT_EQ(run.result.end, RunEnd::GuestExit) << "stale code ran on";
    EXPECT_EQ(run.result.exit_code, 0x1122004Du);
}

/// Lets HLT last only a part of the way to the next event, many times.
struct Sleeper : MachineHost {
    int idles = 0;
    VirtualTime idle(Machine& machine, VirtualTime until) override {
        ++idles;
        return std::min(until, machine.now() + 10'000);
    }
};

TEST_P(BothMmus, waiting_in_small_steps_changes_nothing_for_the_guest) {
    Sleeper host;
    const GuestRun slow = run_guest("hello", {.mmu = GetParam(), .host = &host});
    const GuestRun fast = run_guest("hello", {.mmu = GetParam()});
    EXPECT_GT(host.idles, 50);
    EXPECT_EQ(slow.time, fast.time);
    EXPECT_EQ(slow.instructions, fast.instructions);
    EXPECT_EQ(slow.ram, fast.ram);
}

TEST(Machine, polling_more_often_changes_nothing_for_the_guest) {
    for (const char* guest : {"hello", "interrupts"}) {
        GuestRun often, seldom;
        for (const auto& [run, interval] : {std::pair{&often, 100u}, std::pair{&seldom, 50'000'000u}}) {
            const auto machine = make_machine(guest, {.poll_interval = interval}, *run);
            ASSERT_NE(machine, nullptr);
            run->result = machine->run();
            run->time = machine->now();
            run->instructions = machine->cpu().instructions();
        }
        EXPECT_EQ(often.console, seldom.console);
        EXPECT_EQ(often.time, seldom.time);
        EXPECT_EQ(often.instructions, seldom.instructions);
    }
}

TEST(Machine, a_kernel_that_cannot_be_loaded_is_an_error_in_words) {
    auto machine = Machine::create({}, {});
    ASSERT_TRUE(machine);
    const auto loaded =
        (*machine)->load_multiboot({.name = "none.elf", .kernel = {}, .command_line = "", .modules = {}});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().message.find("none.elf: not a Multiboot kernel"), 0u) << loaded.error().message;
}

/// SDM vol. 3A, 10.1.1: the state after power-up.
TEST(Machine, at_power_on_the_x87_has_the_manuals_state) {
    const auto machine = std::move(Machine::create({.ram = 1u << 20}, {}).value());
    const FloatState floats = machine->cpu().snapshot().floats;
    EXPECT_EQ(floats.control, 0x0040);
    EXPECT_EQ(floats.status, 0);
    EXPECT_EQ(floats.tag, 0x5555);
}

TEST(Machine, ram_of_a_size_that_no_pc_has_is_refused) {
    EXPECT_FALSE(Machine::create({.ram = 12345}, {}));
    EXPECT_FALSE(Machine::create({.ram = 0}, {}));
}

}  // namespace
}  // namespace mmscope::testing
