// SPDX-License-Identifier: GPL-2.0-or-later
// Two disks on a channel, asked through their ports: data, errors, interrupts, resets, and what no driver
// does.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "device_bench.h"
#include "devices/ata_channel.h"
#include "memory_disk.h"

namespace mmscope {
namespace {

constexpr uint32_t kSectors = 5000;
constexpr uint64_t kLong = 10'000'000;  // ns; more than any command takes

class AtaTest : public testing::Test {
  protected:
    DeviceBench bench;
    LineRecorder irq;
    MemoryDisk master{kSectors}, slave{300};
    AtaChannel ata{bench.scheduler, "ata0", 0x1f0, 0x3f6, irq.line(), {&master, &slave}};

    void SetUp() override { bench.plug_in(ata); }
    unsigned status() { return bench.in(0x1f7); }
    unsigned alternate() { return bench.in(0x3f6); }
    void address(uint32_t sector, unsigned count, unsigned device = 0xe0) {
        bench.out(0x1f6, device | ((sector >> 24) & 15));
        bench.out(0x1f2, count & 0xff);
        bench.out(0x1f3, sector & 0xff);
        bench.out(0x1f4, sector >> 8 & 0xff);
        bench.out(0x1f5, sector >> 16 & 0xff);
    }
    void command(unsigned code) { bench.out(0x1f7, code); }
    uint16_t word() { return static_cast<uint16_t>(bench.bus.read_port(0x1f0, Width::Word)); }
    std::vector<uint8_t> read_block(size_t sectors = 1) {
        std::vector<uint8_t> bytes;
        for (size_t i = 0; i < sectors * kSectorSize / 2; ++i) {
            const uint16_t value = word();
            bytes.push_back(static_cast<uint8_t>(value));
            bytes.push_back(static_cast<uint8_t>(value >> 8));
        }
        return bytes;
    }
    void write_block(uint8_t value, size_t sectors = 1) {
        for (size_t i = 0; i < sectors * kSectorSize / 2; ++i)
            bench.bus.write_port(0x1f0, Width::Word, value * 0x101u);
    }
    static std::vector<uint8_t> copy(std::span<uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }
    /// Status, error, count and address as one line.
    std::string registers() {
        return fmt::format("status {:02x} error {:02x} count {:02x} address {:02x}{:02x}{:02x} device {:02x}",
                           alternate(), bench.in(0x1f1), bench.in(0x1f2), bench.in(0x1f5), bench.in(0x1f4),
                           bench.in(0x1f3), bench.in(0x1f6));
    }
    std::array<uint16_t, 256> identify(unsigned device) {
        address(0, 0, device);
        command(0xec);
        bench.pass(kLong);
        std::array<uint16_t, 256> words{};
        EXPECT_EQ(status() & 0x89, 0x08u);
        for (uint16_t& w : words)
            w = word();
        return words;
    }
};

TEST_F(AtaTest, after_power_on_it_is_ready_and_shows_the_signature_of_a_disk) {
    EXPECT_EQ(registers(), "status 50 error 01 count 01 address 000001 device 00");
    EXPECT_EQ(irq.history(), "");
}

TEST_F(AtaTest, identify_tells_sizes_and_sums_up_to_zero) {
    const auto words = identify(0xa0);
    EXPECT_EQ(words[0], 0x0040);
    EXPECT_EQ(words[60] | words[61] << 16, static_cast<int>(kSectors));
    EXPECT_EQ(words[49] & 0x0300, 0x0200) << "LBA and no DMA";
    EXPECT_EQ(words[27], 'M' << 8 | 'M');
    EXPECT_EQ(words[47], 0x8010);
    unsigned sum = 0;
    for (const uint16_t w : words)
        sum += (w & 0xffu) + (w >> 8);
    EXPECT_EQ(sum & 0xff, 0u);
    EXPECT_EQ(status(), 0x50u);
    EXPECT_EQ(identify(0xb0)[60], 300) << "the slave";
}

TEST_F(AtaTest, a_read_is_busy_then_interrupts_for_each_sector) {
    address(1234, 2);
    command(0x20);
    EXPECT_EQ(alternate(), 0x80u);
    EXPECT_FALSE(irq.level());
    bench.pass(109'999);
    EXPECT_EQ(alternate(), 0x80u);
    bench.pass(1);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(alternate(), 0x58u);
    EXPECT_TRUE(irq.level()) << "the alternate status does not take the interrupt back";
    EXPECT_EQ(status(), 0x58u);
    EXPECT_FALSE(irq.level());
    EXPECT_EQ(read_block(), copy(master.sector(1234)));
    EXPECT_EQ(alternate(), 0x80u);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x58u);
    EXPECT_EQ(read_block(), copy(master.sector(1235)));
    EXPECT_EQ(registers(), "status 50 error 00 count 00 address 0004d3 device e0");
    EXPECT_EQ(irq.history(), "+-+-");
    EXPECT_EQ(word(), 0xffff) << "nothing left to read";
}

TEST_F(AtaTest, a_write_takes_the_first_sector_at_once_and_interrupts_after_each) {
    address(77, 2);
    command(0x30);
    EXPECT_EQ(alternate(), 0x58u);
    EXPECT_EQ(irq.history(), "");
    write_block('a');
    EXPECT_EQ(alternate(), 0x80u);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x58u);
    write_block('b');
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x50u);
    EXPECT_EQ(irq.history(), "+-+-");
    EXPECT_EQ(copy(master.sector(77)), std::vector<uint8_t>(512, 'a'));
    EXPECT_EQ(copy(master.sector(78)), std::vector<uint8_t>(512, 'b'));
    EXPECT_EQ(master.sector(79)[0], static_cast<uint8_t>(79 * 7));
}

TEST_F(AtaTest, a_count_of_zero_is_256_sectors) {
    address(100, 0);
    command(0x20);
    for (uint32_t i = 0; i < 256; ++i) {
        bench.pass(kLong);
        ASSERT_EQ(status(), 0x58u) << i;
        ASSERT_EQ(read_block(), copy(master.sector(100 + i))) << i;
    }
    EXPECT_EQ(status(), 0x50u);
}

TEST_F(AtaTest, dwords_are_two_words) {
    address(3, 1);
    command(0x20);
    bench.pass(kLong);
    for (int i = 0; i < 127; ++i)
        bench.bus.read_port(0x1f0, Width::Dword);
    const auto sector = master.sector(3);
    const uint32_t last =
        sector[508] | sector[509] << 8 | sector[510] << 16 | static_cast<uint32_t>(sector[511]) << 24;
    EXPECT_EQ(bench.bus.read_port(0x1f0, Width::Dword), last);
    EXPECT_EQ(status(), 0x50u);
}

TEST_F(AtaTest, read_multiple_interrupts_for_each_block) {
    address(0, 5);
    command(0xc4);
    EXPECT_EQ(status(), 0x51u) << "the block's size was never set";
    bench.out(0x1f2, 3);
    command(0xc6);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x51u) << "no power of two";
    bench.out(0x1f2, 4);
    command(0xc6);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x50u);
    EXPECT_EQ(identify(0xe0)[59], 0x0104);
    irq.forget();
    address(10, 6);
    command(0xc4);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x58u);
    const auto first = read_block(4);
    EXPECT_EQ(std::vector<uint8_t>(first.begin() + 512, first.begin() + 1024), copy(master.sector(11)));
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x58u);
    const auto rest = read_block(2);
    EXPECT_EQ(std::vector<uint8_t>(rest.begin() + 512, rest.end()), copy(master.sector(15)));
    EXPECT_EQ(status(), 0x50u);
    EXPECT_EQ(irq.history(), "+-+-");
}

TEST_F(AtaTest, a_bad_sector_ends_a_read_with_its_address) {
    master.unreadable = {201};
    address(200, 4);
    command(0x20);
    bench.pass(kLong);
    read_block();
    bench.pass(kLong);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(registers(), "status 51 error 40 count 03 address 0000c9 device e0");
    address(202, 1);
    command(0x20);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x58u) << "the next command works";
}

TEST_F(AtaTest, a_bad_sector_ends_a_write_with_its_address) {
    master.unwritable = {301};
    address(300, 2);
    command(0x30);
    write_block('x');
    bench.pass(kLong);
    write_block('y');
    bench.pass(kLong);
    EXPECT_EQ(registers(), "status 51 error 10 count 01 address 00012d device e0");
    EXPECT_EQ(master.sector(300)[0], 'x');
    EXPECT_NE(master.sector(301)[0], 'y');
}

TEST_F(AtaTest, addresses_beyond_the_end_are_not_found) {
    address(kSectors, 1);
    command(0x20);
    EXPECT_EQ(status(), 0x51u);
    EXPECT_EQ(bench.in(0x1f1), 0x10);
    address(kSectors - 1, 2);
    command(0x30);
    EXPECT_EQ(status(), 0x51u);
    address(0x0fffffff, 1);
    command(0x40);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x51u);
    EXPECT_TRUE(irq.history().ends_with("+-"));
}

TEST_F(AtaTest, cylinder_head_sector_addresses_follow_the_geometry) {
    // Cylinder 1, head 2, sector 3 of 16 heads and 63 sectors.
    bench.out(0x1f6, 0xa2);
    bench.out(0x1f2, 1);
    bench.out(0x1f3, 3);
    bench.out(0x1f4, 1);
    bench.out(0x1f5, 0);
    command(0x20);
    bench.pass(kLong);
    status();
    EXPECT_EQ(read_block(), copy(master.sector((1 * 16 + 2) * 63 + 2)));
    bench.out(0x1f6, 0xa3);  // 4 heads
    bench.out(0x1f2, 20);    // of 20 sectors
    command(0x91);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x50u);
    bench.out(0x1f6, 0xa2);
    bench.out(0x1f2, 1);
    command(0x20);
    bench.pass(kLong);
    status();
    EXPECT_EQ(read_block(), copy(master.sector((1 * 4 + 2) * 20 + 2)));
    bench.out(0x1f3, 0);  // sectors count from 1
    command(0x20);
    EXPECT_EQ(status(), 0x51u);
}

TEST_F(AtaTest, commands_that_are_not_supported_are_aborted) {
    for (const unsigned code :
         {0x00u, 0x08u, 0xa0u, 0xa1u, 0xb0u, 0xc8u, 0xcau, 0x24u, 0x34u, 0xeau, 0xf8u}) {
        command(code);
        bench.pass(kLong);
        EXPECT_TRUE(irq.level()) << code;
        EXPECT_EQ(status(), 0x51u) << code;
        EXPECT_EQ(bench.in(0x1f1), 0x04) << code;
    }
}

TEST_F(AtaTest, features_and_power_commands_end_well) {
    const auto set_features = [this](unsigned feature, unsigned count) {
        bench.out(0x1f1, feature);
        bench.out(0x1f2, count);
        command(0xef);
        bench.pass(kLong);
        return status();
    };
    EXPECT_EQ(identify(0xa0)[85], 0x60);
    EXPECT_EQ(set_features(0x82, 0), 0x50u);
    EXPECT_EQ(set_features(0x55, 0), 0x50u);
    EXPECT_EQ(identify(0xa0)[85], 0x00);
    EXPECT_EQ(set_features(0x03, 0x0c), 0x50u) << "PIO mode 4";
    EXPECT_EQ(set_features(0x03, 0x42), 0x51u) << "there is no Ultra DMA";
    EXPECT_EQ(set_features(0x99, 0), 0x51u);
    command(0xe5);
    bench.pass(kLong);
    EXPECT_EQ(bench.in(0x1f2), 0xff) << "it is never asleep";
    for (const unsigned code : {0x10u, 0x7fu, 0xe0u, 0xe1u, 0xe3u}) {
        address(5, 1);
        command(code);
        bench.pass(kLong);
        EXPECT_EQ(status(), 0x50u) << code;
    }
}

TEST_F(AtaTest, flush_reaches_the_medium_and_tells_its_failure) {
    command(0xe7);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x50u);
    EXPECT_EQ(master.flushes, 1);
    master.flush_works = false;
    command(0xe7);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x51u);
}

TEST_F(AtaTest, verify_reads_without_giving_data) {
    address(0, 200);
    command(0x40);
    bench.pass(kLong);
    EXPECT_EQ(registers(), "status 50 error 00 count 00 address 0000c7 device e0");
    master.unreadable = {150};
    address(0, 200);
    command(0x40);
    bench.pass(kLong);
    EXPECT_EQ(registers(), "status 51 error 40 count 32 address 000096 device e0");
}

TEST_F(AtaTest, nien_keeps_the_line_down_until_it_is_cleared) {
    bench.out(0x3f6, 0x02);
    address(0, 1);
    command(0x20);
    bench.pass(kLong);
    EXPECT_EQ(alternate(), 0x58u);
    EXPECT_FALSE(irq.level());
    bench.out(0x3f6, 0x00);
    EXPECT_TRUE(irq.level());
}

TEST_F(AtaTest, only_the_selected_device_drives_the_line) {
    address(0, 1, 0xf0);
    command(0x20);
    bench.pass(kLong);
    EXPECT_TRUE(irq.level());
    read_block();
    EXPECT_TRUE(irq.level()) << "reading data does not take the interrupt back";
    bench.out(0x1f6, 0xe0);
    EXPECT_FALSE(irq.level());
    bench.out(0x1f6, 0xf0);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(status(), 0x50u);
    EXPECT_FALSE(irq.level());
}

TEST_F(AtaTest, the_command_block_is_deaf_while_a_command_runs) {
    address(40, 1);
    command(0x20);
    bench.out(0x1f3, 99);
    bench.out(0x1f6, 0xf0);
    command(0x30);
    bench.pass(kLong);
    EXPECT_EQ(status(), 0x58u);
    EXPECT_EQ(read_block(), copy(master.sector(40)));
}

TEST_F(AtaTest, a_soft_reset_ends_whatever_runs) {
    address(40, 2);
    command(0x30);
    write_block('q');
    bench.out(0x3f6, 0x04);
    EXPECT_EQ(alternate(), 0x80u);
    bench.pass(kLong);
    EXPECT_EQ(alternate(), 0x80u) << "as long as SRST is set";
    bench.out(0x3f6, 0x00);
    EXPECT_EQ(alternate(), 0x80u);
    bench.pass(2'000'000);
    EXPECT_EQ(registers(), "status 50 error 01 count 01 address 000001 device 00");
    EXPECT_EQ(irq.history(), "");
    EXPECT_NE(master.sector(40)[0], 'q') << "it was not written yet";
}

TEST_F(AtaTest, the_diagnostic_runs_on_both_devices) {
    bench.out(0x1f6, 0xf0);
    command(0x90);
    EXPECT_EQ(alternate(), 0x80u);
    bench.pass(kLong);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(registers(), "status 50 error 01 count 01 address 000001 device 00");
}

TEST_F(AtaTest, a_missing_slave_is_answered_for_and_a_missing_channel_floats) {
    DeviceBench alone;
    AtaChannel one(alone.scheduler, "ata1", 0x170, 0x376, {}, {&master, nullptr});
    alone.plug_in(one);
    alone.out(0x176, 0xb0);
    EXPECT_EQ(alone.in(0x177), 0x00);
    EXPECT_EQ(alone.in(0x376), 0x00);
    alone.out(0x177, 0xec);
    alone.pass(kLong);
    EXPECT_EQ(alone.in(0x177), 0x00);

    DeviceBench empty;
    AtaChannel none(empty.scheduler, "ata1", 0x170, 0x376, {}, {nullptr, nullptr});
    empty.plug_in(none);
    EXPECT_EQ(empty.in(0x177), 0x7f);
    empty.out(0x177, 0xec);
    empty.out(0x376, 0x04);
    EXPECT_EQ(empty.in(0x176), 0x7f);
    EXPECT_EQ(none.describe(), "no disks");
}

TEST_F(AtaTest, a_saved_command_goes_on_where_it_was) {
    address(500, 3);
    command(0x20);
    bench.pass(kLong);
    for (int i = 0; i < 100; ++i)
        word();
    const auto saved = bench.save(ata);

    DeviceBench other;
    LineRecorder other_irq;
    AtaChannel copy_of(other.scheduler, "ata0", 0x1f0, 0x3f6, other_irq.line(), {&master, &slave});
    other.plug_in(copy_of);
    other.load(copy_of, saved);
    EXPECT_EQ(other.save(copy_of), saved);
    for (int i = 100; i < 256; ++i)
        EXPECT_EQ(other.bus.read_port(0x1f0, Width::Word), word()) << i;
    other.pass(kLong);
    EXPECT_EQ(other.in(0x1f7), 0x58);
    EXPECT_EQ(other.bus.read_port(0x1f0, Width::Word),
              static_cast<unsigned>(master.sector(501)[0] | master.sector(501)[1] << 8));
}

/// Whatever a guest does to the ports, and whatever a snapshot claims: under the sanitizers nothing may
/// break, and a reset brings the disk back.
TEST_F(AtaTest, a_hundred_thousand_random_accesses_do_no_harm) {
    std::mt19937 random(1);
    const auto number = [&random](uint32_t below) { return static_cast<uint32_t>(random() % below); };
    constexpr unsigned kCommands[] = {0x20, 0x30, 0xc4, 0xc5, 0xc6, 0xec, 0xef, 0x91, 0x40, 0x90, 0xe7};
    master.unreadable = {5, 6};
    master.unwritable = {7};
    for (int i = 0; i < 100'000; ++i) {
        const auto port = static_cast<uint16_t>(number(12) == 0 ? 0x3f6 : 0x1f0 + number(8));
        const Width width = std::array{Width::Byte, Width::Word, Width::Dword}[number(3)];
        switch (number(8)) {
            case 0:
                command(kCommands[number(std::size(kCommands))]);
                break;
            case 1:
                bench.pass(number(300'000));
                break;
            case 2:
                for (uint32_t n = number(300); n > 0; --n)
                    bench.bus.read_port(0x1f0, width);
                break;
            case 3:
                for (uint32_t n = number(300); n > 0; --n)
                    bench.bus.write_port(0x1f0, width, static_cast<uint32_t>(random()));
                break;
            case 4:
                bench.bus.read_port(port, width);
                break;
            case 5:
                if (number(2000) == 0) load_noise(ata, static_cast<uint32_t>(random()));
                address(number(20), number(20), number(2) == 0 ? 0xe0 : 0xa0);
                break;
            default:
                bench.bus.write_port(port, width,
                                     number(3) == 0 ? number(32) : static_cast<uint32_t>(random()));
        }
    }
    EXPECT_FALSE(ata.describe().empty());
    bench.out(0x3f6, 0x04);
    bench.out(0x3f6, 0x00);
    bench.pass(kLong);
    EXPECT_EQ(registers(), "status 50 error 01 count 01 address 000001 device 00");
}

}  // namespace
}  // namespace mmscope
