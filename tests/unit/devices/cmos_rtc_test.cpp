// SPDX-License-Identifier: GPL-2.0-or-later
// The clock in virtual time: its formats, its calendar, its flags and interrupts, and the bytes a BIOS
// leaves.
#include "devices/cmos_rtc.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "device_bench.h"

namespace mmscope {
namespace {

constexpr int64_t kLeapEve = 951'782'399;     // 2000-02-28 23:59:59, a Monday
constexpr int64_t kCenturyEnd = 946'684'799;  // 1999-12-31 23:59:59, a Friday
constexpr uint32_t kMiB = 1u << 20;

class RtcTest : public testing::Test {
  protected:
    DeviceBench bench;
    LineRecorder irq;
    CmosRtc rtc{bench.scheduler, irq.line(), {kLeapEve, 64 * kMiB}};

    void SetUp() override { bench.plug_in(rtc); }
    uint8_t get(unsigned index) {
        bench.out(0x70, index);
        return bench.in(0x71);
    }
    void set(unsigned index, unsigned value) {
        bench.out(0x70, index);
        bench.out(0x71, value);
    }
    std::string shown() {
        return fmt::format("{:02x}{:02x}-{:02x}-{:02x} {:02x}:{:02x}:{:02x} day {}", get(0x32), get(9),
                           get(8), get(7), get(4), get(2), get(0), get(6));
    }
};

TEST_F(RtcTest, it_shows_the_configured_time_at_power_on) {
    EXPECT_EQ(shown(), "2000-02-28 23:59:59 day 2");
}

TEST_F(RtcTest, a_second_of_virtual_time_is_a_second_of_the_clock) {
    bench.pass(kSecond - 1);
    EXPECT_EQ(shown(), "2000-02-28 23:59:59 day 2");
    bench.pass(1);
    EXPECT_EQ(shown(), "2000-02-29 00:00:00 day 3") << "2000 was a leap year";
    bench.pass(86400 * kSecond);
    EXPECT_EQ(shown(), "2000-03-01 00:00:00 day 4");
}

TEST_F(RtcTest, the_century_byte_counts_too) {
    DeviceBench other;
    CmosRtc clock(other.scheduler, {}, {kCenturyEnd, 0});
    other.plug_in(clock);
    EXPECT_EQ(clock.describe(), "1999-12-31 23:59:59, A=26 B=02 C=00");
    other.pass(kSecond);
    EXPECT_EQ(clock.describe().substr(0, 19), "2000-01-01 00:00:00");
}

TEST_F(RtcTest, it_counts_in_binary_and_in_12_hours_when_told_to) {
    set(0x0b, 0x86);  // SET, binary, 24 hours
    set(0, 58);
    set(2, 59);
    set(4, 11);
    set(0x0b, 0x06);
    bench.pass(2 * kSecond);
    EXPECT_EQ(get(0), 0);
    EXPECT_EQ(get(2), 0);
    EXPECT_EQ(get(4), 12);

    set(0x0b, 0x80);  // BCD, 12 hours
    set(0, 0x59);
    set(2, 0x59);
    set(4, 0x11);
    set(0x0b, 0x00);
    bench.pass(kSecond);
    EXPECT_EQ(get(4), 0x92) << "12 p.m.";
    set(4, 0x91);
    set(2, 0x59);
    set(0, 0x59);
    const uint8_t day = get(7);
    bench.pass(kSecond);
    EXPECT_EQ(get(4), 0x12) << "12 a.m.";
    EXPECT_NE(get(7), day);
}

TEST_F(RtcTest, set_stops_the_clock_and_what_was_written_is_what_it_goes_on_from) {
    set(0x0b, 0x82);
    bench.pass(5 * kSecond);
    EXPECT_EQ(get(0), 0x59);
    set(0, 0x10);
    set(0x0b, 0x02);
    bench.pass(kSecond);
    EXPECT_EQ(get(0), 0x11);
}

TEST_F(RtcTest, update_in_progress_warns_before_the_registers_change) {
    EXPECT_EQ(get(0x0a) & 0x80, 0x00);
    bench.pass(kSecond - 2'228'001);
    EXPECT_EQ(get(0x0a) & 0x80, 0x00);
    bench.pass(1);
    EXPECT_EQ(get(0x0a) & 0x80, 0x80);
    bench.pass(2'227'999);
    EXPECT_EQ(get(0x0a) & 0x80, 0x80);
    EXPECT_EQ(get(0), 0x59);
    bench.pass(1);
    EXPECT_EQ(get(0x0a) & 0x80, 0x00);
    EXPECT_EQ(get(0), 0x00);
}

TEST_F(RtcTest, the_update_interrupt_comes_each_second_and_reading_c_takes_it_back) {
    set(0x0b, 0x12);
    bench.pass(kSecond);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(get(0x0c) & 0x90, 0x90);
    EXPECT_FALSE(irq.level());
    EXPECT_EQ(get(0x0c), 0x00);
    bench.pass(kSecond);
    EXPECT_TRUE(irq.level());
}

TEST_F(RtcTest, the_update_flag_is_set_without_its_interrupt) {
    bench.pass(kSecond);
    EXPECT_FALSE(irq.level());
    EXPECT_EQ(get(0x0c) & 0x90, 0x10);
}

TEST_F(RtcTest, the_alarm_rings_at_its_time_and_wild_cards_match_all) {
    set(0x05, 0x00);
    set(0x03, 0x00);
    set(0x01, 0x02);
    set(0x0b, 0x22);
    bench.pass(2 * kSecond);
    EXPECT_FALSE(irq.level());
    bench.pass(kSecond);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(get(0x0c) & 0xa0, 0xa0);
    bench.pass(60 * kSecond);
    EXPECT_FALSE(irq.level()) << "the minute differs";
    set(0x03, 0xff);
    set(0x05, 0xc0);
    bench.pass(60 * kSecond);
    EXPECT_TRUE(irq.level());
}

TEST_F(RtcTest, the_periodic_interrupt_has_the_rate_of_register_a) {
    for (const auto& [rate, hertz] :
         {std::pair{1, 256}, std::pair{2, 128}, std::pair{3, 8192}, std::pair{6, 1024}, std::pair{15, 2}}) {
        rtc.reset();
        set(0x0a, static_cast<unsigned>(0x20 | rate));
        set(0x0b, 0x42);
        int count = 0;
        const VirtualTime end = bench.scheduler.now() + kSecond;
        while (bench.scheduler.next_event() <= end) {
            bench.scheduler.advance_to(bench.scheduler.next_event());
            if (!irq.level()) continue;
            ++count;
            EXPECT_EQ(get(0x0c) & 0xc0, 0xc0);
        }
        EXPECT_EQ(count, hertz) << "rate " << rate;
    }
}

TEST_F(RtcTest, the_periodic_flag_can_be_polled_without_events) {
    get(0x0c);
    bench.pass(976'000);  // 1024 Hz: 976.6 us
    EXPECT_EQ(get(0x0c) & 0x40, 0x00);
    bench.pass(1'000);
    EXPECT_EQ(get(0x0c) & 0x40, 0x40);
    EXPECT_EQ(get(0x0c) & 0x40, 0x00);
}

TEST_F(RtcTest, the_divider_in_reset_stops_the_clock_and_starts_it_half_a_second_later) {
    set(0x0a, 0x76);
    bench.pass(3 * kSecond);
    EXPECT_EQ(get(0), 0x59);
    set(0x0a, 0x26);
    bench.pass(kSecond / 2 - 1);
    EXPECT_EQ(get(0), 0x59);
    bench.pass(1);
    EXPECT_EQ(get(0), 0x00);
    bench.pass(kSecond);
    EXPECT_EQ(get(0), 0x01);
}

TEST_F(RtcTest, the_memory_size_is_in_the_bytes_where_kernels_look) {
    EXPECT_EQ(get(0x15) | get(0x16) << 8, 640);
    EXPECT_EQ(get(0x17) | get(0x18) << 8, 63 * 1024);
    EXPECT_EQ(get(0x30) | get(0x31) << 8, 63 * 1024);
    EXPECT_EQ(get(0x34) | get(0x35) << 8, 48 * 16);
    int sum = 0;
    for (unsigned at = 0x10; at <= 0x2d; ++at)
        sum += get(at);
    EXPECT_EQ(get(0x2e) << 8 | get(0x2f), sum);
}

TEST_F(RtcTest, sizes_that_do_not_fit_are_capped) {
    DeviceBench other;
    CmosRtc clock(other.scheduler, {}, {0, 3072 * kMiB});
    other.plug_in(clock);
    const auto read = [&](unsigned index) {
        other.out(0x70, index);
        return other.in(0x71);
    };
    EXPECT_EQ(read(0x17) | read(0x18) << 8, 0xffff);
    EXPECT_EQ(read(0x34) | read(0x35) << 8, (3072 - 16) * 16);
}

TEST_F(RtcTest, the_nmi_bit_is_ignored_and_the_ram_keeps_its_bytes) {
    set(0x80 | 0x40, 0x5a);
    EXPECT_EQ(get(0x40), 0x5a);
    set(0x0d, 0x00);
    EXPECT_EQ(get(0x0d), 0x80) << "the battery is good";
}

TEST_F(RtcTest, a_saved_clock_goes_on_at_the_same_instant) {
    set(0x0a, 0x2c);
    set(0x0b, 0x52);
    bench.pass(1'234'567'891);
    const auto saved = bench.save(rtc);
    DeviceBench other;
    LineRecorder other_irq;
    CmosRtc copy(other.scheduler, other_irq.line(), {0, 0});
    other.plug_in(copy);
    other.load(copy, saved);
    EXPECT_EQ(other.save(copy), saved);
    irq.forget();
    for (int i = 0; i < 100; ++i) {
        bench.pass(33'333'333);
        other.pass(33'333'333);
        ASSERT_EQ(copy.describe(), rtc.describe());
        ASSERT_EQ(other_irq.history(), irq.history());
        other.out(0x70, 0x0c);
        ASSERT_EQ(other.in(0x71), get(0x0c));
    }
    EXPECT_GT(irq.history().size(), 50u);
}

TEST_F(RtcTest, any_state_and_any_writes_leave_it_working) {
    for (uint32_t seed = 0; seed < 50; ++seed) {
        load_noise(rtc, seed);
        for (unsigned i = 0; i < 300; ++i) {
            set(i % 14, (seed * 5 + i * 37) & 0xff);
            get(0x0c);
            bench.scheduler.clock().now = bench.scheduler.now() + 300'000'000;
            bench.scheduler.run_due();
        }
        rtc.reset();
        bench.pass(kSecond);
        EXPECT_EQ(shown(), "2000-02-29 00:00:00 day 3");
    }
}

}  // namespace
}  // namespace mmscope
