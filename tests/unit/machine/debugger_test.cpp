// SPDX-License-Identifier: GPL-2.0-or-later
// Breakpoints and steps stop where they should, and leave no trace in what the guest does.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "guest_run.h"

namespace mmscope::testing {
namespace {

constexpr std::array kGuests = {"ends", "exceptions", "hello", "interrupts", "page_faults", "paging"};

/// Runs on until the machine ends.
void finish(Machine& machine, GuestRun& run) {
    run.result = machine.run({GuestOptions{}.until});
    run.time = machine.now();
    run.instructions = machine.cpu().instructions();
    run.ram = ram_of(machine);
}

void expect_equal(const GuestRun& plain, const GuestRun& debugged) {
    EXPECT_EQ(plain.result.end, debugged.result.end);
    EXPECT_EQ(plain.result.exit_code, debugged.result.exit_code);
    EXPECT_EQ(plain.time, debugged.time) << plain.time.ns << " and " << debugged.time.ns;
    EXPECT_EQ(plain.instructions, debugged.instructions);
    EXPECT_EQ(plain.console, debugged.console);
    EXPECT_EQ(plain.serial, debugged.serial);
    EXPECT_TRUE(plain.ram == debugged.ram);
}

/// Steps at most `count` instructions; the places before each.
std::vector<LinearAddr> step(Machine& machine, size_t count, RunEnd& end) {
    std::vector<LinearAddr> places;
    end = RunEnd::Debugger;
    while (places.size() < count && end == RunEnd::Debugger) {
        places.emplace_back(machine.cpu().registers().eip);
        const uint64_t before = machine.cpu().instructions();
        machine.cpu().step_once();
        end = machine.run({GuestOptions{}.until}).end;
        machine.cpu().cancel_step();
        if (end != RunEnd::Debugger) break;
        EXPECT_EQ(machine.cpu().debug_stop().kind, DebugStop::Kind::Step);
        EXPECT_LE(machine.cpu().instructions() - before, 1u) << "at " << std::hex << places.back().value;
    }
    return places;
}

class Debugger : public ::testing::TestWithParam<std::tuple<const char*, MmuKind>> {
  protected:
    [[nodiscard]] std::string guest() const { return std::get<0>(GetParam()); }
    [[nodiscard]] GuestOptions options() const { return {.mmu = std::get<1>(GetParam())}; }
};

TEST_P(Debugger, a_stepped_machine_ends_as_one_that_was_not) {
    const GuestRun plain = run_guest(guest(), options());
    GuestRun stepped;
    const auto machine = make_machine(guest(), options(), stepped);
    RunEnd end{};
    EXPECT_FALSE(step(*machine, 1500, end).empty());
    if (end == RunEnd::Debugger) {
        finish(*machine, stepped);
        expect_equal(plain, stepped);
    } else {
        EXPECT_EQ(plain.result.end, end);
        EXPECT_EQ(plain.time, machine->now());
        EXPECT_EQ(plain.instructions, machine->cpu().instructions());
    }
}

TEST_P(Debugger, breakpoints_stop_before_each_execution_and_change_nothing) {
    const GuestRun plain = run_guest(guest(), options());
    GuestRun scratch, stopped;
    RunEnd end{};
    const auto first = make_machine(guest(), options(), scratch);
    std::vector<LinearAddr> places = step(*first, 400, end);
    std::ranges::sort(places);
    places.erase(std::ranges::unique(places).begin(), places.end());
    if (places.size() > 100) places.resize(100);

    const auto machine = make_machine(guest(), options(), stopped);
    machine->cpu().set_breakpoints(places);
    uint64_t stops = 0, last = UINT64_MAX;
    for (; stops < 2000; ++stops) {
        stopped.result = machine->run({GuestOptions{}.until});
        if (stopped.result.end != RunEnd::Debugger) break;
        const LinearAddr at = machine->cpu().debug_stop().eip;
        EXPECT_EQ(machine->cpu().registers().eip, at.value);
        EXPECT_TRUE(std::ranges::binary_search(places, at));
        EXPECT_NE(machine->cpu().instructions(), last) << "twice for one execution";
        last = machine->cpu().instructions();
    }
    EXPECT_GE(stops, places.size());
    machine->cpu().set_breakpoints({});
    if (stopped.result.end == RunEnd::Debugger) {
        finish(*machine, stopped);
        expect_equal(plain, stopped);
    } else {
        EXPECT_EQ(plain.time, machine->now());
        EXPECT_EQ(plain.instructions, machine->cpu().instructions());
    }
}

TEST_P(Debugger, a_watchpoint_stops_behind_each_change_and_changes_nothing) {
    const GuestRun plain = run_guest(guest(), options());
    GuestRun watched;
    const auto machine = make_machine(guest(), options(), watched);
    RunEnd end{};
    step(*machine, 20, end);
    ASSERT_EQ(end, RunEnd::Debugger);
    // What is pushed next, and the page around it.
    const LinearAddr at = LinearAddr(machine->cpu().registers().esp) - 4;
    const auto bytes = [&] {
        std::array<std::byte, 4> now{};
        EXPECT_TRUE(machine->memory().read(PhysAddr(at.value), now)) << "the stack is mapped one to one";
        return now;
    };
    const std::array<Watchpoint, 1> watch = {{{.at = at, .size = 4}}};
    const bool can = machine->cpu().set_watchpoints(watch);
    EXPECT_EQ(can, options().mmu == MmuKind::Own);
    auto last = bytes();
    uint64_t stops = 0;
    for (; stops < 300; ++stops) {
        watched.result = machine->run({GuestOptions{}.until});
        if (watched.result.end != RunEnd::Debugger) break;
        EXPECT_EQ(machine->cpu().debug_stop().kind, DebugStop::Kind::Watchpoint);
        EXPECT_EQ(machine->cpu().debug_stop().watch.at, at);
        EXPECT_NE(bytes(), last);
        last = bytes();
    }
    EXPECT_EQ(stops > 0, can && guest() != "ends") << "that guest pushes nothing";
    (void)machine->cpu().set_watchpoints({});
    if (watched.result.end == RunEnd::Debugger) {
        finish(*machine, watched);
        expect_equal(plain, watched);
    } else {
        EXPECT_EQ(plain.time, machine->now());
        EXPECT_EQ(plain.instructions, machine->cpu().instructions());
        EXPECT_EQ(plain.console, watched.console);
    }
}

/// How often the guest "hello" stops for a use of the bytes of its text, and how it ends. LODSB reads each
/// once.
uint64_t watch_text(Watchpoint::Use use, uint32_t size, GuestRun& watched) {
    constexpr std::string_view kText("hello\n\0", 7);
    const auto machine = make_machine("hello", {}, watched);
    const auto ram = machine->memory().bytes();
    const auto text = std::ranges::search(ram, std::as_bytes(std::span(kText)));
    EXPECT_EQ(text.size(), kText.size());
    const LinearAddr at(static_cast<uint32_t>(text.begin() - ram.begin()));
    const std::array<Watchpoint, 1> watch = {{{.at = at, .size = size, .use = use}}};
    EXPECT_TRUE(machine->cpu().set_watchpoints(watch));
    uint64_t stops = 0;
    for (;; ++stops) {
        finish(*machine, watched);
        if (watched.result.end != RunEnd::Debugger) return stops;
        const DebugStop stop = machine->cpu().debug_stop();
        EXPECT_EQ(stop.kind, DebugStop::Kind::Watchpoint);
        EXPECT_EQ(stop.watch.use, use);
        EXPECT_EQ(machine->cpu().registers().esi, at.value + stops + 1) << "behind the LODSB";
    }
}

TEST(debugger, a_read_of_watched_bytes_stops_behind_its_instruction_and_changes_nothing) {
    const GuestRun plain = run_guest("hello", {});
    for (const auto& [use, size, stops] :
         {std::tuple{Watchpoint::Use::Read, 1u, 1u}, std::tuple{Watchpoint::Use::Read, 7u, 7u},
          std::tuple{Watchpoint::Use::Access, 7u, 7u}, std::tuple{Watchpoint::Use::Change, 7u, 0u}}) {
        GuestRun watched;
        EXPECT_EQ(watch_text(use, size, watched), stops) << size;
        expect_equal(plain, watched);
    }
}

TEST(debugger, a_write_is_an_access_though_it_changes_nothing) {
    // The first entry of the page directory: written once, and walked by the processor alone.
    for (const auto& [use, stops] :
         {std::pair{Watchpoint::Use::Read, 0u}, std::pair{Watchpoint::Use::Access, 1u}}) {
        GuestRun run;
        const auto machine = make_machine("hello", {}, run);
        RunEnd end{};
        while (machine->cpu().registers().edi == 0)
            step(*machine, 1, end);
        const std::array<Watchpoint, 1> watch = {
            {{.at = LinearAddr(machine->cpu().registers().edi), .size = 4, .use = use}}};
        EXPECT_TRUE(machine->cpu().set_watchpoints(watch));
        uint32_t seen = 0;
        while (machine->run({GuestOptions{}.until}).end == RunEnd::Debugger)
            ++seen;
        EXPECT_EQ(seen, stops);
    }
}

INSTANTIATE_TEST_SUITE_P(Guests, Debugger,
                         ::testing::Combine(::testing::ValuesIn(kGuests),
                                            ::testing::Values(MmuKind::Own, MmuKind::Unicorn)),
                         [](const auto& which) {
                             return std::string(std::get<0>(which.param)) +
                                    (std::get<1>(which.param) == MmuKind::Own ? "_own" : "_unicorn");
                         });

TEST(debugger, registers_that_are_set_are_what_the_guest_goes_on_with) {
    GuestRun run;
    const auto machine = make_machine("hello", {}, run);
    RunEnd end{};
    const std::vector<LinearAddr> places = step(*machine, 5, end);
    CpuRegisters registers = machine->cpu().registers();
    registers.eip = places.front().value;
    registers.esi = 0x12345678;
    machine->cpu().set_registers(registers);
    EXPECT_EQ(machine->cpu().registers().eip, places.front().value);
    EXPECT_EQ(machine->cpu().registers().esi, 0x12345678u);
    EXPECT_EQ(step(*machine, 1, end), std::vector{places.front()});
}

}  // namespace
}  // namespace mmscope::testing
