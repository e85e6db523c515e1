// SPDX-License-Identifier: GPL-2.0-or-later
// Each part of a machine comes back as it was saved, and nonsense does no harm.
#include <gtest/gtest.h>

#include <random>

#include "devices/state.h"
#include "machine/machine.h"
#include "mmu/tlb_shadow.h"
#include "snapshot/snapshot.h"

namespace mmscope {
namespace {

constexpr DiskImages kNoDisks{};

std::unique_ptr<Machine> new_machine() {
    auto machine = Machine::create({.ram = 2u << 20, .translation_buffer = 1u << 20}, {});
    EXPECT_TRUE(machine) << machine.error().message;
    return std::move(*machine);
}

std::vector<uint8_t> bytes_of_cpu(CpuSnapshot cpu) {
    StateSaver saver;
    visit(saver, cpu);
    return saver.bytes();
}

/// Values in every register that no reset leaves there.
CpuSnapshot unusual_cpu(const CpuSnapshot& reset) {
    CpuSnapshot cpu = reset;
    cpu.state.regs = {1, 2, 3, 4, 5, 6, 7, 0x80000008};
    cpu.state.eip = cpu.resume_eip = 0x1234;
    cpu.state.eflags = 0xAD7;  // CF PF AF ZF SF IF OF, and the bit that is always set
    cpu.state.segments[kFs].base = 0x5000;
    cpu.state.ldtr.selector.value = 0x28;
    cpu.state.tr.base = 0xC0100000;
    cpu.state.gdt = {0xC0200000, 0xFF};
    cpu.state.cr2 = 0xDEADB000;
    cpu.state.cr3 = 0x7000;
    cpu.state.cr4 = 0x90;
    cpu.floats.control = 0x0B7F;
    cpu.floats.status = 0x1800;  // TOP = 3
    cpu.floats.tag = 0x3FFF;     // only R7 holds a number
    cpu.floats.registers[7] = {0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0x40};
    cpu.floats.xmm[2].fill(0x5A);
    cpu.floats.mxcsr = 0x1F00;
    cpu.debug[0] = 0xC0001000;
    cpu.instructions = 1'000'000'000'007;
    cpu.fault_sequence = 42;
    return cpu;
}

TEST(restore_state, the_processor_comes_back_with_every_register) {
    const auto machine = new_machine();
    const CpuSnapshot wanted = unusual_cpu(machine->cpu().snapshot());
    ASSERT_TRUE(machine->cpu().restore(wanted));
    const CpuSnapshot found = machine->cpu().snapshot();
    EXPECT_EQ(found.floats.registers, wanted.floats.registers);
    EXPECT_EQ(found.floats.tag, wanted.floats.tag);
    EXPECT_EQ(found.floats.xmm, wanted.floats.xmm);
    EXPECT_EQ(found.debug, wanted.debug);
    EXPECT_EQ(found.state.eflags, wanted.state.eflags);
    EXPECT_EQ(bytes_of_cpu(found), bytes_of_cpu(wanted));
}

TEST(restore_state, registers_that_contradict_each_other_are_refused) {
    const auto machine = new_machine();
    const CpuSnapshot good = machine->cpu().snapshot();
    CpuSnapshot paging_in_real_mode = good, ring_four = good, real_mode_user = good;
    paging_in_real_mode.state.cr0 = 0x80000000;
    ring_four.state.cpl = 4;
    real_mode_user.state.cr0 = 0;
    real_mode_user.state.cpl = 3;
    for (const CpuSnapshot& bad : {paging_in_real_mode, ring_four, real_mode_user})
        EXPECT_FALSE(machine->cpu().restore(bad));
    EXPECT_EQ(bytes_of_cpu(machine->cpu().snapshot()), bytes_of_cpu(good)) << "it was reset";
}

TEST(restore_state, the_tlb_comes_back_with_its_counts_and_what_was_answered) {
    TlbShadow tlb(true);
    tlb.load_directory(PhysAddr(0x3000));
    tlb.set_process(7);
    tlb.enter({.page = LinearAddr(0xC0001000), .frame = PhysAddr(0x1000), .global = true},
              TlbUse::SupervisorRead);
    tlb.load_directory(PhysAddr(0x4000));
    tlb.enter({.page = LinearAddr(0x8048000), .frame = PhysAddr(0x2000), .user = true}, TlbUse::UserRead);
    StateSaver saved;
    tlb.state(saved);
    TlbShadow again(true);
    StateLoader loader(saved.bytes());
    again.state(loader);
    EXPECT_TRUE(loader.at_end() && !loader.failed());
    EXPECT_EQ(again.find(LinearAddr(0xC0001234)), tlb.find(LinearAddr(0xC0001234)));
    for (TlbShadow* each : {&tlb, &again}) {
        each->reuse(LinearAddr(0x8048000), TlbUse::UserRead);   // was answered: no event
        each->reuse(LinearAddr(0x8048000), TlbUse::UserWrite);  // was not
        each->load_directory(PhysAddr(0x3000));
    }
    EXPECT_EQ(again.total(), tlb.total());
    EXPECT_EQ(again.by_space(), tlb.by_space());
    EXPECT_EQ(again.by_process(), tlb.by_process());
    EXPECT_FALSE(again.find(LinearAddr(0x8048000)));
    EXPECT_TRUE(again.find(LinearAddr(0xC0001000)));
}

TEST(restore_state, a_device_of_another_kind_or_too_few_bytes_are_refused) {
    const auto machine = new_machine();
    const Snapshot good = take_snapshot(*machine, kNoDisks, {}).value();
    const auto refusal = [&](auto change) {
        Snapshot bad = good;
        change(bad);
        const auto done = restore_snapshot(*new_machine(), kNoDisks, bad, machine->memory());
        return done ? "" : done.error().message;
    };
    EXPECT_EQ(refusal([](Snapshot&) {}), "");
    EXPECT_NE(refusal([](Snapshot& bad) { ++bad.devices[2].layout; }).find("not the one that was saved"),
              -1u);
    EXPECT_NE(refusal([](Snapshot& bad) { bad.devices.pop_back(); }), "");
    EXPECT_NE(refusal([](Snapshot& bad) { bad.devices[1].bytes.pop_back(); }), "");
    EXPECT_NE(refusal([](Snapshot& bad) { bad.tlb.push_back(0); }), "");
    EXPECT_NE(refusal([](Snapshot& bad) { bad.scheduler.clear(); }), "");
    EXPECT_NE(refusal([](Snapshot& bad) { bad.cpu.supervisor.pop_back(); }), "");
    EXPECT_NE(refusal([](Snapshot& bad) { bad.ram = 1u << 20; }), "");
    EXPECT_NE(refusal([](Snapshot& bad) { bad.disks.resize(1); }), "");
}

/// Whoever can write a file can also compute its checksums: the state itself must be harmless.
TEST(restore_state, random_state_neither_crashes_nor_hangs_the_machine) {
    const auto machine = new_machine();
    for (uint32_t at = 0; at < machine->memory().size(); at += 2)  // JMP to itself, wherever it begins
        (void)machine->memory().write(PhysAddr(at), std::as_bytes(std::span("\xEB\xFE", 2)));
    const Snapshot good = take_snapshot(*machine, kNoDisks, {}).value();
    std::mt19937 random(1);
    int ran = 0;
    for (int round = 0; round < 300; ++round) {
        Snapshot bad = good;
        std::vector<std::vector<uint8_t>*> parts = {&bad.tlb, &bad.scheduler, &bad.cpu.supervisor};
        for (DeviceSnapshot& device : bad.devices)
            parts.push_back(&device.bytes);
        auto& part = *parts[random() % parts.size()];
        for (unsigned i = 0; i < 1 + random() % 8 && !part.empty(); ++i)
            part[random() % part.size()] = static_cast<uint8_t>(random());
        if (round % 3 == 0) {
            for (uint32_t* word :
                 {&bad.cpu.state.eip, &bad.cpu.state.eflags, &bad.cpu.state.segments[kCs].flags})
                *word ^= 1u << random() % 32;
        }
        const auto fresh = new_machine();
        if (!restore_snapshot(*fresh, kNoDisks, bad, machine->memory())) continue;
        (void)fresh->run({fresh->now() + 100'000});
        ++ran;
    }
    EXPECT_GT(ran, 100);
}

}  // namespace
}  // namespace mmscope
