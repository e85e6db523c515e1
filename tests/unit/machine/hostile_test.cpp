// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever bytes a guest consists of, the host neither crashes nor hangs nor calls itself broken, and both
// runs of the same bytes end the same.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "machine/machine.h"

namespace mmscope::testing {
namespace {

constexpr uint32_t kSeeds = 60;
constexpr uint32_t kImageSize = 16384;
constexpr uint32_t kLoadedAt = 0x100000;
constexpr uint32_t kEntry = 64;

/// Bytes that do something to the machine, mixed with random ones: control registers, tables, I/O, traps.
const std::vector<std::vector<uint8_t>> kSpices = {{0x0F, 0x22, 0xC0},
                                                   {0x0F, 0x22, 0xD8},
                                                   {0x0F, 0x22, 0xE0},
                                                   {0x0F, 0x01, 0x38},
                                                   {0x0F, 0x01, 0x18},
                                                   {0x0F, 0x01, 0x10},
                                                   {0xCF},
                                                   {0xFB},
                                                   {0xF4},
                                                   {0xCD, 0x80},
                                                   {0xCC},
                                                   {0xEE},
                                                   {0xEF},
                                                   {0xEC},
                                                   {0x0F, 0x31},
                                                   {0x0F, 0x32},
                                                   {0x0F, 0x30},
                                                   {0x8E, 0xD8},
                                                   {0x8E, 0xD0},
                                                   {0x0F, 0x00, 0xD8},
                                                   {0x0F, 0x00, 0xD0},
                                                   {0xF3, 0xA4},
                                                   {0xF3, 0xAB},
                                                   {0x9D},
                                                   {0x60},
                                                   {0xC8, 16, 0, 1},
                                                   {0x0F, 0xA2},
                                                   {0xCA, 4, 0},
                                                   {0xFF, 0x18},
                                                   {0xFF, 0x28}};

/// A flat Multiboot image of chance; the first instructions give it an IDT and paging now and then.
std::vector<std::byte> make_image(uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<uint8_t> bytes(kImageSize);
    for (uint8_t& byte : bytes)
        byte = static_cast<uint8_t>(random());
    for (size_t at = kEntry; at + 8 < bytes.size();) {
        const auto& spice = kSpices[random() % kSpices.size()];
        std::ranges::copy(spice, bytes.begin() + static_cast<ptrdiff_t>(at));
        at += spice.size() + random() % 12;
    }
    const std::array<uint32_t, 8> header = {0x1BADB002, 0x10003,           0u - 0x1BADB002 - 0x10003,
                                            kLoadedAt,  kLoadedAt,         kLoadedAt + kImageSize,
                                            0,          kLoadedAt + kEntry};
    std::memcpy(bytes.data(), header.data(), sizeof(header));
    if (seed % 2 == 0) {
        // mov $0x101000,%eax; mov %eax,%esp; lidt (0x102000); the table there is of chance too.
        const std::array<uint8_t, 14> start = {0xB8, 0,    0x10, 0x10, 0,    0x89, 0xC4,
                                               0x0F, 0x01, 0x1D, 0,    0x20, 0x10, 0};
        std::ranges::copy(start, bytes.begin() + kEntry);
    }
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

std::string run_once(uint32_t seed, MmuKind mmu) {
    auto machine = Machine::create({.ram = 4u << 20, .mmu = mmu, .translation_buffer = 1u << 20}, {});
    EXPECT_TRUE(machine);
    const auto image = make_image(seed);
    const auto loaded =
        (*machine)->load_multiboot({.name = "chance", .kernel = image, .command_line = "", .modules = {}});
    EXPECT_TRUE(loaded) << loaded.error().message;
    const RunResult result = (*machine)->run({.until = {300'000}});
    EXPECT_NE(result.end, RunEnd::Broken) << "seed " << seed << ": " << result.report;
    return fmt::format("{} {} {} {}", static_cast<int>(result.end), (*machine)->now().ns,
                       (*machine)->cpu().instructions(), result.report);
}

class HostileGuests : public ::testing::TestWithParam<MmuKind> {};
INSTANTIATE_TEST_SUITE_P(Mmu, HostileGuests, ::testing::Values(MmuKind::Own, MmuKind::Unicorn),
                         [](const auto& kind) { return kind.param == MmuKind::Own ? "own" : "unicorn"; });

TEST_P(HostileGuests, of_random_bytes_end_and_end_the_same_twice) {
    for (uint32_t seed = 0; seed < kSeeds; ++seed) {
        EXPECT_EQ(run_once(seed, GetParam()), run_once(seed, GetParam())) << "seed " << seed;
    }
}

/// A flat Multiboot image that runs `code` without an IDT: the first exception is the last.
RunResult run_code(const std::vector<uint8_t>& code) {
    std::vector<std::byte> image = make_image(1);
    std::memcpy(image.data() + kEntry, code.data(), code.size());
    auto machine = Machine::create({.ram = 4u << 20, .translation_buffer = 1u << 20}, {});
    EXPECT_TRUE(machine);
    EXPECT_TRUE(
        (*machine)->load_multiboot({.name = "code", .kernel = image, .command_line = "", .modules = {}}));
    return (*machine)->run({.until = {300'000}});
}

TEST(HostileDivide, a_quotient_that_traps_on_the_host_is_a_divide_error_of_the_guest) {
    // edx:eax = 0x8000000000000000, ecx = -1, idiv; then the same in 16 bits.
    const std::vector<uint8_t> dword = {0xBA, 0,    0,    0,    0x80, 0x31, 0xC0, 0xB9,
                                        0xFF, 0xFF, 0xFF, 0xFF, 0xF7, 0xF9, 0xF4};
    const std::vector<uint8_t> word = {0xBA, 0,    0x80, 0,    0,    0x31, 0xC0, 0xB9,
                                       0xFF, 0xFF, 0xFF, 0xFF, 0x66, 0xF7, 0xF9, 0xF4};
    for (const auto& code : {dword, word}) {
        const RunResult result = run_code(code);
        EXPECT_EQ(result.end, RunEnd::ShutDown);
        EXPECT_NE(result.report.find("#DE"), std::string::npos) << result.report;
    }
}

}  // namespace
}  // namespace mmscope::testing
