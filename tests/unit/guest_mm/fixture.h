// SPDX-License-Identifier: GPL-2.0-or-later
// Fixtures: a machine of 8 MiB, and a task in an empty address space whose remains are checked at the end.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "guest_space.h"

namespace guest {

constexpr ulong kRam = 8ul << 20;
using Lines = std::vector<std::string>;

class MachineTest : public testing::Test {
  protected:
    MachineTest() : memory_(std::aligned_alloc(kRam, kRam), &std::free) { boot(memory_.get(), kRam); }

  private:
    std::unique_ptr<void, decltype(&std::free)> memory_;
};

/// "40000000-40003000 rw-p 40000", with " fileN" or " shm" for a file: as in /proc/PID/maps, the offset in
/// pages.
std::string to_string(const Area& area);

inline constexpr ulong kReadWrite = kRead | kWrite;

class SpaceTest : public MachineTest {
  protected:
    explicit SpaceTest(const Limits& limits = {}) { new_space(limits); }
    void TearDown() override;

    /// Another space instead, under other limits.
    static void restart(const Limits& limits);
    static std::vector<Area> all_areas();
    /// All areas but the stack's.
    static Lines maps();
    static std::vector<std::string> unmapped();

    static ulong map(ulong addr, ulong pages, ulong prot = kRead | kWrite, ulong flags = kPrivate);
    static long file_map(ulong addr, ulong pages, ulong prot, ulong flags, int file, ulong pgoff);
};

constexpr ulong kBase = 0x50000000;  // where most tests map
inline ulong at(ulong page) {
    return kBase + page * kPage;
}

enum : long {
    kEPERM = -1,
    kENXIO = -6,
    kEBADF = -9,
    kEAGAIN = -11,
    kENOMEM = -12,
    kEACCES = -13,
    kEFAULT = -14,
    kEBUSY = -16,
    kENODEV = -19,
    kEINVAL = -22,
    kEOVERFLOW = -75
};

}  // namespace guest
