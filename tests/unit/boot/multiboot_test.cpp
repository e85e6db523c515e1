// SPDX-License-Identifier: GPL-2.0-or-later
// Good kernels stand where they should; bad ones are refused with words, whatever their bytes are.
#include "boot/multiboot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace mmscope {
namespace {

constexpr uint32_t kRam = 16u << 20;

/// An i386 executable of one segment: headers, Multiboot header, sixteen bytes of code.
struct ImageBuilder {
    std::vector<std::byte> file = std::vector<std::byte>(0x1000 + 64, std::byte{0});

    ImageBuilder() {
        const std::array<uint8_t, 7> ident = {0x7F, 'E', 'L', 'F', 1, 1, 1};
        std::memcpy(file.data(), ident.data(), ident.size());
        put16(16, 2);           // ET_EXEC
        put16(18, 3);           // EM_386
        put32(20, 1);           // version
        put32(24, 0xC0100030);  // entry, virtual
        put32(28, 52);          // phoff
        put16(40, 52);
        put16(42, 32);
        put16(44, 1);
        put_segment(0, {1, 0x1000, 0xC0100000, 0x100000, 64, 0x2000, 7, 0x1000});
        put_header(0x1000, 3);
        for (uint32_t i = 16; i < 64; ++i)
            file[0x1000 + i] = std::byte(i);
    }
    void put16(size_t at, uint16_t value) { std::memcpy(file.data() + at, &value, 2); }
    void put32(size_t at, uint32_t value) { std::memcpy(file.data() + at, &value, 4); }
    void put_segment(size_t index, std::array<uint32_t, 8> words) {
        std::memcpy(file.data() + 52 + 32 * index, words.data(), 32);
    }
    void put_header(size_t at, uint32_t flags) {
        put32(at, 0x1BADB002);
        put32(at + 4, flags);
        put32(at + 8, 0u - 0x1BADB002 - flags);
    }
};

struct Loaded {
    Result<LoadedImage> result = fail("not run");
    std::vector<std::byte> ram;

    [[nodiscard]] uint32_t word(uint32_t at) const {
        uint32_t value;
        std::memcpy(&value, ram.data() + at, 4);
        return value;
    }
    [[nodiscard]] std::string text(uint32_t at) const {
        return reinterpret_cast<const char*>(ram.data() + at);
    }
    [[nodiscard]] std::string error() const { return result ? "no error" : result.error().message; }
};

Loaded load(const MultibootImage& image, uint32_t ram_size = kRam) {
    Loaded loaded;
    loaded.ram.assign(ram_size, std::byte{0xAA});
    loaded.result = load_multiboot(image, ram_size, [&](PhysAddr at, std::span<const std::byte> bytes) {
        if (at.value > loaded.ram.size() || bytes.size() > loaded.ram.size() - at.value) return false;
        std::ranges::copy(bytes, loaded.ram.begin() + at.value);
        return true;
    });
    return loaded;
}
Loaded load(const ImageBuilder& builder, uint32_t ram_size = kRam) {
    return load({.name = "kernel.elf", .kernel = builder.file, .command_line = "quiet", .modules = {}},
                ram_size);
}

TEST(Multiboot, an_elf_segment_stands_at_its_physical_address_with_its_bss_cleared) {
    const Loaded loaded = load(ImageBuilder());
    ASSERT_TRUE(loaded.result) << loaded.error();
    EXPECT_EQ(loaded.result->kernel_first, PhysAddr(0x100000));
    EXPECT_EQ(loaded.result->kernel_end, PhysAddr(0x102000));
    EXPECT_EQ(loaded.ram[0x100000 + 16], std::byte{16});
    EXPECT_EQ(loaded.word(0x100040), 0u);
    EXPECT_EQ(loaded.word(0x101FFC), 0u);
}

TEST(Multiboot, a_virtual_entry_point_is_translated_and_a_physical_one_kept) {
    ImageBuilder builder;
    EXPECT_EQ(load(builder).result->entry, 0x100030u);
    builder.put32(24, 0x100034);
    EXPECT_EQ(load(builder).result->entry, 0x100034u);
}

TEST(Multiboot, the_information_block_tells_memory_command_line_and_loader) {
    const Loaded loaded = load(ImageBuilder());
    ASSERT_TRUE(loaded.result) << loaded.error();
    const uint32_t info = loaded.result->info.value;
    EXPECT_GE(info, 0x102000u);
    EXPECT_EQ(loaded.word(info) & 0x245u, 0x245u);
    EXPECT_EQ(loaded.word(info + 4), 640u);
    EXPECT_EQ(loaded.word(info + 8), 15u * 1024);
    EXPECT_EQ(loaded.text(loaded.word(info + 16)), "quiet");
    EXPECT_EQ(loaded.text(loaded.word(info + 64)), "mmscope");
}

TEST(Multiboot, the_memory_map_adds_up_and_marks_the_hole_as_reserved) {
    const Loaded loaded = load(ImageBuilder());
    const uint32_t info = loaded.result->info.value;
    const uint32_t map = loaded.word(info + 48);
    ASSERT_EQ(loaded.word(info + 44), 72u);
    EXPECT_EQ(loaded.word(map), 20u);
    EXPECT_EQ(loaded.word(map + 24 + 4), 0xA0000u);
    EXPECT_EQ(loaded.word(map + 24 + 12), 0x60000u);
    EXPECT_EQ(loaded.word(map + 24 + 20), 2u);
    EXPECT_EQ(loaded.word(map + 48 + 4), 0x100000u);
    EXPECT_EQ(loaded.word(map + 48 + 12), kRam - 0x100000);
    EXPECT_EQ(loaded.word(map + 48 + 20), 1u);
}

TEST(Multiboot, modules_are_page_aligned_and_listed_with_their_strings) {
    const ImageBuilder builder;
    const std::vector<std::byte> first(5000, std::byte{0x11});
    const std::vector<std::byte> second(3, std::byte{0x22});
    const Loaded loaded = load({.name = "kernel.elf",
                                .kernel = builder.file,
                                .command_line = "",
                                .modules = {{"initramfs.cpio", first}, {"second", second}}});
    ASSERT_TRUE(loaded.result) << loaded.error();
    const uint32_t info = loaded.result->info.value;
    EXPECT_TRUE(loaded.word(info) & 8);
    ASSERT_EQ(loaded.word(info + 20), 2u);
    const uint32_t list = loaded.word(info + 24);
    EXPECT_EQ(loaded.word(list), 0x102000u);
    EXPECT_EQ(loaded.word(list + 4), 0x102000u + 5000);
    EXPECT_EQ(loaded.text(loaded.word(list + 8)), "initramfs.cpio");
    EXPECT_EQ(loaded.word(list + 16), 0x104000u);
    EXPECT_EQ(loaded.text(loaded.word(list + 24)), "second");
    EXPECT_EQ(loaded.ram[0x102000 + 4999], std::byte{0x11});
    EXPECT_EQ(loaded.ram[0x104002], std::byte{0x22});
    EXPECT_GE(info, 0x105000u);
}

TEST(Multiboot, a_file_that_is_no_elf_goes_where_its_header_says) {
    std::vector<std::byte> file(256, std::byte{0x90});
    const std::array<uint32_t, 8> header = {
        0x1BADB002, 0x10003, 0u - 0x1BADB002 - 0x10003, 0x200010, 0x200000, 0x200080, 0x200200, 0x200040};
    std::memcpy(file.data() + 16, header.data(), sizeof(header));
    const Loaded loaded = load({.name = "flat.bin", .kernel = file, .command_line = "", .modules = {}});
    ASSERT_TRUE(loaded.result) << loaded.error();
    EXPECT_EQ(loaded.result->entry, 0x200040u);
    EXPECT_EQ(loaded.ram[0x20007F], std::byte{0x90});
    EXPECT_EQ(loaded.ram[0x200080], std::byte{0});
    EXPECT_EQ(loaded.result->kernel_end, PhysAddr(0x200200));
}

TEST(Multiboot, an_elf_for_another_machine_is_named_as_such) {
    ImageBuilder builder;
    builder.put16(18, 62);
    builder.file[4] = std::byte{2};
    EXPECT_EQ(load(builder).error(),
              "kernel.elf: an ELF file for the wrong machine: 64-bit x86-64, expected 32-bit i386");
}

TEST(Multiboot, a_file_without_the_header_is_no_multiboot_kernel) {
    ImageBuilder builder;
    builder.put32(0x1000, 0);
    EXPECT_EQ(load(builder).error(),
              "kernel.elf: not a Multiboot kernel: no Multiboot 1 header in its first 8192 bytes");
}

TEST(Multiboot, a_header_with_a_wrong_checksum_is_no_header) {
    ImageBuilder builder;
    builder.put32(0x1008, 1);
    EXPECT_FALSE(load(builder).result);
}

TEST(Multiboot, a_header_behind_the_first_8_kib_is_not_found) {
    ImageBuilder builder;
    builder.put32(0x1000, 0);
    builder.file.resize(0x2010);
    builder.put_header(0x2000, 3);
    EXPECT_FALSE(load(builder).result);
}

TEST(Multiboot, required_features_that_nobody_offers_are_refused) {
    ImageBuilder builder;
    builder.put_header(0x1000, 3 | 4);
    EXPECT_EQ(load(builder).error(),
              "kernel.elf: its Multiboot header requires what is not offered here (flags 0x4)");
}

TEST(Multiboot, a_truncated_file_says_which_segment_is_missing) {
    ImageBuilder builder;
    builder.file.resize(0x1020);
    EXPECT_EQ(load(builder).error(),
              "kernel.elf: truncated: the segment for 0x100000 needs 64 bytes at 0x1000, the file has 4128");
}

TEST(Multiboot, too_little_ram_says_how_much_would_do) {
    ImageBuilder builder;
    builder.put_segment(0, {1, 0x1000, 0xC0100000, 0x100000, 64, 5u << 20, 7, 0x1000});
    EXPECT_EQ(load(builder, 4u << 20).error(),
              "RAM too small: kernel.elf reaches up to 0x600000, which takes at least 6 MiB of RAM; "
              "the machine has 4 MiB");
}

TEST(Multiboot, modules_that_do_not_fit_say_how_much_would_do) {
    const ImageBuilder builder;
    const std::vector<std::byte> module(3u << 20);
    const Loaded loaded = load({.name = "kernel.elf",
                                .kernel = builder.file,
                                .command_line = "",
                                .modules = {{"initramfs.cpio", module}}},
                               4u << 20);
    EXPECT_EQ(
        loaded.error(),
        "RAM too small: kernel.elf with its modules takes at least 5 MiB of RAM; the machine has 4 MiB");
}

TEST(Multiboot, a_segment_in_the_hole_below_1_mib_is_refused) {
    ImageBuilder builder;
    builder.put_segment(0, {1, 0x1000, 0xC0100000, 0x9FFF0, 64, 0x2000, 7, 0x1000});
    EXPECT_NE(load(builder).error().find("where a PC has no RAM"), std::string::npos)
        << load(builder).error();
}

TEST(Multiboot, overlapping_segments_are_refused) {
    ImageBuilder builder;
    builder.put16(44, 2);
    builder.put_segment(1, {1, 0x1000, 0xC0101000, 0x101000, 16, 0x1000, 7, 0x1000});
    EXPECT_EQ(load(builder).error(), "kernel.elf: its segments for 0x100000 and 0x101000 overlap");
}

TEST(Multiboot, an_entry_point_outside_every_segment_is_refused) {
    ImageBuilder builder;
    builder.put32(24, 0x12345678);
    EXPECT_EQ(load(builder).error(), "kernel.elf: its entry point 0x12345678 lies in no segment");
}

TEST(Multiboot, a_segment_that_wraps_the_address_space_is_refused) {
    ImageBuilder builder;
    builder.put_segment(0, {1, 0x1000, 0xC0100000, 0xFFFFF000, 64, 0xFFFFFFFF, 7, 0x1000});
    EXPECT_FALSE(load(builder).result);
}

TEST(Multiboot, an_empty_file_is_refused) {
    EXPECT_FALSE(load({.name = "empty", .kernel = {}, .command_line = "", .modules = {}}).result);
}

TEST(Multiboot, nothing_is_written_when_an_image_is_refused) {
    ImageBuilder builder;
    builder.put32(24, 0x12345678);
    const Loaded loaded = load(builder);
    EXPECT_TRUE(std::ranges::all_of(loaded.ram, [](std::byte byte) { return byte == std::byte{0xAA}; }));
}

TEST(Multiboot, no_bytes_make_the_loader_leave_ram_or_crash) {
    std::mt19937 random(1);
    const ImageBuilder good;
    for (int round = 0; round < 3000; ++round) {
        ImageBuilder builder = good;
        for (int change = 0; change < 3; ++change) {
            const bool in_headers = random() % 4 != 0;
            builder.put32((in_headers ? random() % 84 : random() % 0x1030) & ~3u,
                          random() % 3 == 0 ? uint32_t{0xFFFFFFFF} - random() % 0x2000 : random() % 0x3000);
        }
        if (random() % 8 == 0) builder.file.resize(random() % builder.file.size());
        uint64_t written = 0;
        const auto result =
            load_multiboot({.name = "fuzz", .kernel = builder.file, .command_line = "x", .modules = {}}, kRam,
                           [&](PhysAddr at, std::span<const std::byte> bytes) {
                               written += bytes.size();
                               return uint64_t{at.value} + bytes.size() <= kRam;
                           });
        if (!result) {
            EXPECT_EQ(result.error().message.find("could not be written"), std::string::npos);
        }
        EXPECT_LE(written, uint64_t{kRam});
    }
}

}  // namespace
}  // namespace mmscope
