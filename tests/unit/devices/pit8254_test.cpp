// SPDX-License-Identifier: GPL-2.0-or-later
// The timer: exact time, the six modes, reading back, port 0x61, and interrupts that no late processor loses.
#include "devices/pit8254.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "device_bench.h"

namespace mmscope {
namespace {

constexpr uint16_t kChannel0 = 0x40;
constexpr uint16_t kChannel2 = 0x42;
constexpr uint16_t kControl = 0x43;
constexpr uint16_t kPortB = 0x61;

TEST(PitTime, one_second_is_exactly_1193182_pulses) {
    EXPECT_EQ(pit_tick_at({kSecond}), 1'193'182u);
    EXPECT_EQ(pit_tick_at({kSecond - 1}), 1'193'181u);
    EXPECT_EQ(pit_time_of(1'193'182), VirtualTime{kSecond});
    EXPECT_EQ(pit_time_of(1), VirtualTime{839});  // 838.0951 ns
}

TEST(PitTime, a_pulse_begins_at_its_time_and_not_a_nanosecond_before_even_after_a_century) {
    const PitTick century = 1'193'182ull * 86400 * 36525;
    for (const PitTick base : {PitTick{1}, PitTick{1'193'180}, century}) {
        for (PitTick tick = base; tick < base + 1000; ++tick) {
            const VirtualTime time = pit_time_of(tick);
            ASSERT_EQ(pit_tick_at(time), tick);
            ASSERT_EQ(pit_tick_at({time.ns - 1}), tick - 1);
        }
    }
}

class PitTest : public testing::Test {
  protected:
    DeviceBench bench;
    LineRecorder irq0;
    Pit8254 pit{bench.scheduler, irq0.line()};

    void SetUp() override {
        bench.plug_in(pit);
        irq0.forget();
    }
    void program(unsigned channel, unsigned mode, unsigned count, unsigned bcd = 0) {
        bench.out(kControl, channel << 6 | 0x30 | mode << 1 | bcd);
        bench.out(static_cast<uint16_t>(kChannel0 + channel), count & 0xff);
        bench.out(static_cast<uint16_t>(kChannel0 + channel), count >> 8);
    }
    void pass_ticks(PitTick ticks) {
        bench.scheduler.advance_to(pit_time_of(pit_tick_at(bench.scheduler.now()) + ticks));
    }
    unsigned count(unsigned channel) {
        bench.out(kControl, channel << 6);
        const auto port = static_cast<uint16_t>(kChannel0 + channel);
        const unsigned low = bench.in(port);
        return low | static_cast<unsigned>(bench.in(port)) << 8;
    }
    uint8_t status(unsigned channel) {
        bench.out(kControl, 0xe0 | 2u << channel);
        return bench.in(static_cast<uint16_t>(kChannel0 + channel));
    }
    /// OUT of channel 2 at each of the next `ticks` pulses, "#" for high.
    std::string out2(unsigned ticks) {
        std::string text;
        for (unsigned i = 0; i < ticks; ++i) {
            pass_ticks(1);
            text += (bench.in(kPortB)&0x20) != 0 ? '#' : '_';
        }
        return text;
    }
    void gate2(bool open) { bench.out(kPortB, open ? 1 : 0); }
};

TEST_F(PitTest, mode_2_interrupts_once_in_every_period_without_drift) {
    program(0, 2, 11932);
    irq0.forget();
    bench.pass(100 * kSecond);
    // 100 s are 119318200 pulses: 9999 periods and 11332 pulses more.
    const auto rises = std::ranges::count(irq0.history(), '+');
    EXPECT_EQ(rises, 119318200 / 11932);
    EXPECT_TRUE(irq0.level());
}

TEST_F(PitTest, mode_2_is_low_for_the_last_pulse_of_the_period) {
    gate2(true);
    program(2, 2, 5);
    EXPECT_EQ(out2(16), "####_####_####_#");
}

TEST_F(PitTest, mode_2_counts_from_n_to_1) {
    program(0, 2, 3);
    std::string seen;
    for (int i = 0; i < 7; ++i) {
        pass_ticks(1);
        seen += std::to_string(count(0));
    }
    EXPECT_EQ(seen, "3213213");
}

TEST_F(PitTest, a_new_count_in_mode_2_waits_for_the_end_of_the_period) {
    gate2(true);
    program(2, 2, 6);
    pass_ticks(2);
    bench.out(kChannel2, 3);
    bench.out(kChannel2, 0);
    EXPECT_EQ(status(2) & 0x40, 0x40);
    EXPECT_EQ(out2(11), "###_##_##_#");
    EXPECT_EQ(status(2) & 0x40, 0x00);
}

TEST_F(PitTest, mode_3_is_a_square_wave_whose_odd_pulse_is_high) {
    gate2(true);
    program(2, 3, 4);
    EXPECT_EQ(out2(9), "##__##__#");
    program(2, 3, 5);
    EXPECT_EQ(out2(11), "###__###__#");
}

TEST_F(PitTest, mode_3_counts_by_two_from_an_even_number) {
    program(0, 3, 4);
    std::string even;
    for (int i = 0; i < 5; ++i) {
        pass_ticks(1);
        even += std::to_string(count(0));
    }
    EXPECT_EQ(even, "42424");
    program(0, 3, 5);
    std::string odd;
    for (int i = 0; i < 6; ++i) {
        pass_ticks(1);
        odd += std::to_string(count(0));
    }
    EXPECT_EQ(odd, "420424");
}

TEST_F(PitTest, a_new_count_in_mode_3_waits_for_the_end_of_the_half_cycle) {
    gate2(true);
    program(2, 3, 8);
    pass_ticks(2);
    bench.out(kChannel2, 4);
    bench.out(kChannel2, 0);
    EXPECT_EQ(out2(12), "##__##__##__") << "high half of 8 ends, then low half of 4";
}

TEST_F(PitTest, mode_0_rises_once_n_plus_1_pulses_after_the_count) {
    gate2(true);
    program(2, 0, 4);
    EXPECT_EQ(out2(8), "____####");
    EXPECT_EQ(count(2), 0x10000u - 3) << "it goes on counting";
}

TEST_F(PitTest, writing_the_first_byte_in_mode_0_stops_the_count_and_lowers_out) {
    gate2(true);
    program(2, 0, 2);
    EXPECT_EQ(out2(4), "__##");
    bench.out(kChannel2, 3);
    EXPECT_EQ(out2(3), "___");
    bench.out(kChannel2, 0);
    EXPECT_EQ(out2(5), "___##");
}

TEST_F(PitTest, the_gate_stops_mode_0_without_touching_out) {
    gate2(true);
    program(2, 0, 5);
    pass_ticks(3);
    gate2(false);
    const unsigned held = count(2);
    EXPECT_EQ(out2(10), "__________");
    EXPECT_EQ(count(2), held);
    gate2(true);
    EXPECT_EQ(out2(5), "__###");
}

TEST_F(PitTest, the_gate_of_mode_2_raises_out_and_starts_the_period_anew) {
    gate2(true);
    program(2, 2, 4);
    pass_ticks(4);
    EXPECT_EQ(bench.in(kPortB)&0x20, 0x00);
    gate2(false);
    EXPECT_EQ(out2(5), "#####");
    gate2(true);
    EXPECT_EQ(out2(9), "###_###_#");
}

TEST_F(PitTest, mode_1_is_a_low_pulse_that_the_gate_starts_and_prolongs) {
    gate2(false);
    program(2, 1, 3);
    EXPECT_EQ(out2(4), "####");
    gate2(true);
    EXPECT_EQ(out2(5), "___##");
    gate2(false);
    gate2(true);
    EXPECT_EQ(out2(2), "__");
    gate2(false);
    gate2(true);
    EXPECT_EQ(out2(5), "___##");
}

TEST_F(PitTest, mode_4_strobes_once_after_the_count) {
    gate2(true);
    program(2, 4, 3);
    EXPECT_EQ(out2(9), "###_#####");
}

TEST_F(PitTest, mode_5_strobes_once_after_the_gate) {
    gate2(false);
    program(2, 5, 3);
    EXPECT_EQ(out2(6), "######");
    gate2(true);
    EXPECT_EQ(out2(6), "###_##");
}

TEST_F(PitTest, modes_6_and_7_are_2_and_3) {
    program(0, 6, 100);
    EXPECT_EQ(status(0) & 0x0e, 2 << 1);
    program(0, 7, 100);
    EXPECT_EQ(status(0) & 0x0e, 3 << 1);
}

TEST_F(PitTest, a_count_of_zero_is_65536_or_10000) {
    program(0, 2, 0);
    pass_ticks(2);
    EXPECT_EQ(count(0), 0xffffu);
    program(0, 2, 0, 1);
    pass_ticks(2);
    EXPECT_EQ(count(0), 0x9999u);
}

TEST_F(PitTest, bcd_counts_in_decimal_digits) {
    program(0, 2, 0x1000, 1);
    pass_ticks(2);
    EXPECT_EQ(count(0), 0x0999u);
    pass_ticks(899);
    EXPECT_EQ(count(0), 0x0100u);
}

TEST_F(PitTest, a_latched_count_stays_until_it_is_read) {
    program(0, 2, 1000);
    pass_ticks(11);
    bench.out(kControl, 0x00);
    pass_ticks(100);
    bench.out(kControl, 0x00);  // ignored: the first latch holds
    const unsigned low = bench.in(kChannel0);
    pass_ticks(100);
    const unsigned high = bench.in(kChannel0);
    EXPECT_EQ(low | high << 8, 990u);
    EXPECT_EQ(count(0), 790u);
}

TEST_F(PitTest, one_byte_access_reads_and_writes_that_byte_alone) {
    bench.out(kControl, 0x14);  // channel 0, low byte, mode 2
    bench.out(kChannel0, 200);
    pass_ticks(1);
    EXPECT_EQ(bench.in(kChannel0), 200);
    EXPECT_EQ(bench.in(kChannel0), 200);
    bench.out(kControl, 0x24);  // high byte
    bench.out(kChannel0, 0x12);
    pass_ticks(1);
    EXPECT_EQ(bench.in(kChannel0), 0x12);
}

TEST_F(PitTest, read_back_yields_status_before_count_for_each_chosen_channel) {
    program(0, 2, 1000);
    program(2, 3, 500);
    pass_ticks(11);
    bench.out(kControl, 0xc2);  // count and status of channel 0
    EXPECT_EQ(bench.in(kChannel0), 0x80 | 0x30 | 2 << 1);
    EXPECT_EQ(bench.in(kChannel0), 990 & 0xff);
    EXPECT_EQ(bench.in(kChannel0), 990 >> 8);
    bench.out(kControl, 0xe8);  // status of channel 2
    EXPECT_EQ(bench.in(kChannel2)&0x3f, 0x30 | 3 << 1);
}

TEST_F(PitTest, the_null_count_flag_tells_whether_the_count_was_loaded) {
    bench.out(kControl, 0x34);
    EXPECT_EQ(status(0) & 0x40, 0x40);
    bench.out(kChannel0, 10);
    bench.out(kChannel0, 0);
    EXPECT_EQ(status(0) & 0x40, 0x40);
    pass_ticks(1);
    EXPECT_EQ(status(0) & 0x40, 0x00);
}

TEST_F(PitTest, port_0x61_keeps_its_low_bits_and_toggles_with_the_refresh) {
    bench.out(kPortB, 0xff);
    EXPECT_EQ(bench.in(kPortB)&0x0f, 0x0f);
    unsigned toggles = 0;
    uint8_t before = bench.in(kPortB)&0x10;
    for (int i = 0; i < 1000; ++i) {
        bench.pass(1000);
        const uint8_t now = bench.in(kPortB)&0x10;
        toggles += now != before ? 1 : 0;
        before = now;
    }
    EXPECT_EQ(toggles, 66u) << "1 ms in steps of 15.085 us";
}

TEST_F(PitTest, after_power_on_channel_0_runs_at_18_2_hz) {
    bench.pass(10 * kSecond);
    EXPECT_EQ(std::ranges::count(irq0.history(), '+'), 182);
    EXPECT_EQ(pit.describe(), "channel 0 mode 3 count 65536 (18.21 Hz), OUT0=1");
}

TEST_F(PitTest, a_processor_that_comes_late_still_sees_the_edge) {
    program(0, 2, 1000);
    irq0.forget();
    bench.scheduler.clock().now =
        pit_time_of(pit_tick_at(bench.scheduler.now()) + 1010);  // past both ends of the pulse
    bench.scheduler.run_due();
    EXPECT_EQ(irq0.history(), "-+");
    pass_ticks(990);
    EXPECT_EQ(irq0.history(), "-+-");
    pass_ticks(2);
    EXPECT_EQ(irq0.history(), "-+-+");
}

TEST_F(PitTest, reading_the_timer_late_shows_the_edge_first) {
    program(0, 0, 1000);
    irq0.forget();
    bench.scheduler.clock().now = pit_time_of(pit_tick_at(bench.scheduler.now()) + 1500);
    EXPECT_GT(count(0), 0xff00u - 600);
    EXPECT_EQ(irq0.history(), "+");
}

TEST_F(PitTest, an_illegal_count_of_1_makes_no_storm) {
    program(0, 2, 1);
    program(0, 3, 1);
    irq0.forget();
    bench.pass(kSecond);
    EXPECT_EQ(irq0.history(), "");
}

TEST_F(PitTest, a_saved_timer_goes_on_to_the_nanosecond) {
    program(0, 2, 1193);
    program(2, 3, 77);
    gate2(true);
    bench.pass(123'457);
    bench.out(kChannel2, 99);
    bench.out(kControl, 0x00);
    const auto saved = bench.save(pit);

    DeviceBench other;
    LineRecorder other_irq0;
    Pit8254 copy(other.scheduler, other_irq0.line());
    other.plug_in(copy);
    other.load(copy, saved);
    EXPECT_EQ(other.save(copy), saved);
    irq0.forget();
    other_irq0.forget();
    for (int i = 0; i < 50; ++i) {
        bench.pass(99'991);
        other.pass(99'991);
        ASSERT_EQ(other_irq0.history(), irq0.history());
        ASSERT_EQ(other.in(kChannel0), bench.in(kChannel0));
        ASSERT_EQ(other.in(kChannel2), bench.in(kChannel2));
        ASSERT_EQ(other.in(kPortB), bench.in(kPortB));
    }
    EXPECT_GT(irq0.history().size(), 8u);
}

TEST_F(PitTest, any_state_and_any_writes_leave_it_working) {
    for (uint32_t seed = 0; seed < 50; ++seed) {
        load_noise(pit, seed);
        for (unsigned i = 0; i < 500; ++i) {
            bench.out(static_cast<uint16_t>(i % 5 == 4 ? kPortB : kChannel0 + i % 4),
                      (seed * 7 + i * 37) & 0xff);
            bench.in(static_cast<uint16_t>(kChannel0 + i % 3));
            bench.scheduler.clock().now = bench.scheduler.now() + 777;
            bench.scheduler.run_due();
        }
        pit.reset();
        program(0, 2, 100);
        irq0.forget();
        pass_ticks(101);
        EXPECT_EQ(irq0.history(), "-+");
    }
}

}  // namespace
}  // namespace mmscope
