// SPDX-License-Identifier: GPL-2.0-or-later
// A small machine to save.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "machine/physical_memory.h"
#include "snapshot/snapshot.h"

namespace mmscope {

inline constexpr uint32_t kSampleRam = 2u << 20;

inline Snapshot sample_snapshot() {
    Snapshot snapshot{.ram = kSampleRam,
                      .mmu = MmuKind::Unicorn,
                      .rtc_start = 1234,
                      .now = VirtualTime{5678},
                      .kicked = true,
                      .kernel = {"0123456789abcdef", "/kernels/a.elf"},
                      .cpu = {},
                      .scheduler = {1, 2, 3},
                      .tlb = {4, 5},
                      .devices = {{"pic", 77, {9, 8, 7}}, {"uart0", 78, {}}}};
    snapshot.cpu.state.eip = 0xC0100000;
    snapshot.cpu.state.cr3 = 0x5000;
    snapshot.cpu.floats.registers[3][9] = 0x40;
    snapshot.cpu.instructions = 1'000'000'007;
    snapshot.cpu.halted = true;
    return snapshot;
}

inline std::unique_ptr<PhysicalMemory> sample_memory() {
    auto memory = PhysicalMemory::create(kSampleRam);
    const std::string text = "words in RAM";
    EXPECT_TRUE((*memory)->write(PhysAddr(0x1000), std::as_bytes(std::span(text))));
    EXPECT_TRUE((*memory)->write(PhysAddr(kSampleRam - 12), std::as_bytes(std::span(text))));
    return std::move(*memory);
}

}  // namespace mmscope
