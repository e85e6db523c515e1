// SPDX-License-Identifier: GPL-2.0-or-later
// The serial port: registers, FIFOs, interrupts in their order, time on the line, and no input lost.
#include "devices/uart16550.h"

#include <gtest/gtest.h>

#include "device_bench.h"

namespace mmscope {
namespace {

constexpr uint16_t kBase = 0x3f8;
constexpr uint16_t kData = kBase;
constexpr uint16_t kIer = kBase + 1;
constexpr uint16_t kIir = kBase + 2;
constexpr uint16_t kFcr = kBase + 2;
constexpr uint16_t kLcr = kBase + 3;
constexpr uint16_t kMcr = kBase + 4;
constexpr uint16_t kLsr = kBase + 5;
constexpr uint16_t kMsr = kBase + 6;
constexpr uint16_t kScr = kBase + 7;
constexpr uint64_t kByte = 86'805;  // ns: ten bits at 115200 baud

class UartTest : public testing::Test {
  protected:
    DeviceBench bench;
    LineRecorder irq;
    std::string sent;
    Uart16550 uart{bench.scheduler, "uart0", kBase, irq.line(),
                   [this](uint8_t byte) { sent += static_cast<char>(byte); }};

    void SetUp() override { bench.plug_in(uart); }
    void set_line(unsigned divisor, unsigned lcr) {
        bench.out(kLcr, 0x80);
        bench.out(kData, divisor & 0xff);
        bench.out(kIer, divisor >> 8);
        bench.out(kLcr, lcr);
    }
    /// 115200 baud, 8N1, OUT2 open.
    void open(unsigned fcr = 0x00) {
        set_line(1, 0x03);
        bench.out(kFcr, fcr);
        bench.out(kMcr, 0x0b);
    }
    void type(std::string_view text) {
        for (const char c : text)
            uart.receive(static_cast<uint8_t>(c));
    }
    std::string read_all() {
        std::string text;
        while ((bench.in(kLsr)&0x01) != 0)
            text += static_cast<char>(bench.in(kData));
        return text;
    }
};

TEST_F(UartTest, a_written_byte_reaches_the_other_end) {
    open();
    bench.out(kData, 'A');
    EXPECT_EQ(sent, "A");
}

TEST_F(UartTest, the_divisor_is_behind_dlab_and_the_data_register_in_front_of_it) {
    set_line(0x0c01, 0x83);
    EXPECT_EQ(bench.in(kData), 0x01);
    EXPECT_EQ(bench.in(kIer), 0x0c);
    bench.out(kLcr, 0x03);
    EXPECT_EQ(bench.in(kData), 0x00);
    EXPECT_EQ(bench.in(kIer), 0x00);
    EXPECT_EQ(sent, "");
}

TEST_F(UartTest, the_scratch_register_keeps_what_it_is_given) {
    bench.out(kScr, 0x5a);
    EXPECT_EQ(bench.in(kScr), 0x5a);
}

TEST_F(UartTest, a_byte_is_on_the_line_for_ten_bit_times) {
    open();
    EXPECT_EQ(bench.in(kLsr), 0x60);
    bench.out(kData, 'A');  // straight to the shift register
    EXPECT_EQ(bench.in(kLsr), 0x20);
    bench.out(kData, 'B');  // waits in THR
    EXPECT_EQ(bench.in(kLsr), 0x00);
    bench.pass(kByte - 1);
    EXPECT_EQ(bench.in(kLsr), 0x00);
    bench.pass(1);
    EXPECT_EQ(bench.in(kLsr), 0x20);
    bench.pass(kByte);
    EXPECT_EQ(bench.in(kLsr), 0x60);
}

TEST_F(UartTest, line_control_and_divisor_set_the_time_of_a_byte) {
    set_line(12, 0x1f);  // 9600 baud, 8 bits, parity, two stop bits: twelve bit times
    bench.out(kData, 'A');
    bench.pass(1'249'999);
    EXPECT_EQ(bench.in(kLsr), 0x20);
    bench.pass(1);
    EXPECT_EQ(bench.in(kLsr), 0x60);
}

TEST_F(UartTest, the_transmit_fifo_holds_16_bytes_and_what_comes_then_is_lost) {
    open(0x01);
    for (char c = 'a'; c < 'a' + 20; ++c)
        bench.out(kData, static_cast<uint8_t>(c));
    EXPECT_EQ(sent, "abcdefghijklmnopq") << "one in the shift register, 16 in the FIFO";
    bench.pass(16 * kByte);
    EXPECT_EQ(bench.in(kLsr), 0x20);
    bench.pass(kByte);
    EXPECT_EQ(bench.in(kLsr), 0x60);
}

TEST_F(UartTest, an_instant_line_is_always_ready) {
    DeviceBench other;
    std::string text;
    Uart16550 quick(
        other.scheduler, "quick", kBase, {}, [&](uint8_t c) { text += static_cast<char>(c); },
        UartTiming::Instant);
    other.plug_in(quick);
    for (char c = 'a'; c <= 'z'; ++c) {
        other.out(kData, static_cast<uint8_t>(c));
        ASSERT_EQ(other.in(kLsr), 0x60);
    }
    EXPECT_EQ(text, "abcdefghijklmnopqrstuvwxyz");
    EXPECT_EQ(other.scheduler.now(), VirtualTime{0});
}

TEST_F(UartTest, the_transmitter_interrupts_when_thr_is_empty_and_reading_iir_takes_it_back) {
    open();
    bench.out(kIer, 0x02);
    EXPECT_TRUE(irq.level()) << "enabled while empty";
    EXPECT_EQ(bench.in(kIir), 0x02);
    EXPECT_FALSE(irq.level());
    EXPECT_EQ(bench.in(kIir), 0x01);
    bench.out(kData, 'A');
    EXPECT_TRUE(irq.level()) << "THR went on to the shift register";
    bench.out(kData, 'B');
    EXPECT_FALSE(irq.level());
    bench.pass(kByte);
    EXPECT_TRUE(irq.level());
}

TEST_F(UartTest, in_fifo_mode_the_transmitter_interrupts_once_for_16_bytes) {
    open(0x01);
    bench.out(kIer, 0x02);
    bench.in(kIir);
    for (int i = 0; i < 17; ++i)
        bench.out(kData, 'x');
    irq.forget();
    bench.pass(15 * kByte);
    EXPECT_EQ(irq.history(), "");
    bench.pass(kByte);
    EXPECT_EQ(irq.history(), "+");
    EXPECT_EQ(bench.in(kIir), 0xc2);
}

TEST_F(UartTest, received_bytes_arrive_a_byte_time_apart_in_order) {
    open();
    type("hi");
    EXPECT_EQ(bench.in(kLsr)&1, 0);
    bench.pass(kByte);
    EXPECT_EQ(bench.in(kLsr)&1, 1);
    EXPECT_EQ(bench.in(kData), 'h');
    EXPECT_EQ(bench.in(kLsr)&1, 0);
    bench.pass(kByte);
    EXPECT_EQ(bench.in(kData), 'i');
}

TEST_F(UartTest, a_received_byte_interrupts_until_it_is_read) {
    open();
    bench.out(kIer, 0x01);
    type("x");
    bench.pass(kByte);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(bench.in(kIir), 0x04);
    EXPECT_TRUE(irq.level());
    bench.in(kData);
    EXPECT_FALSE(irq.level());
}

TEST_F(UartTest, the_receive_fifo_interrupts_at_its_trigger_level) {
    for (const auto& [fcr, level] :
         {std::pair{0x01, 1}, std::pair{0x41, 4}, std::pair{0x81, 8}, std::pair{0xc1, 14}}) {
        uart.reset();
        open(static_cast<unsigned>(fcr));
        bench.out(kIer, 0x01);
        for (int i = 0; i < level; ++i)
            uart.receive('x');
        bench.pass(static_cast<uint64_t>(level - 1) * kByte);
        EXPECT_FALSE(irq.level()) << "trigger level " << level;
        bench.pass(kByte);
        EXPECT_TRUE(irq.level()) << "trigger level " << level;
        EXPECT_EQ(bench.in(kIir), 0xc4);
        bench.in(kData);
        EXPECT_FALSE(irq.level());
    }
}

TEST_F(UartTest, fewer_bytes_than_the_trigger_level_time_out_after_four_byte_times) {
    open(0x81);
    bench.out(kIer, 0x01);
    type("ab");
    bench.pass(2 * kByte + 4 * kByte - 1);
    EXPECT_FALSE(irq.level());
    bench.pass(1);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(bench.in(kIir), 0xcc);
    EXPECT_EQ(bench.in(kData), 'a');
    EXPECT_FALSE(irq.level()) << "reading starts the four byte times anew";
    bench.pass(4 * kByte);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(bench.in(kData), 'b');
    bench.pass(10 * kByte);
    EXPECT_FALSE(irq.level());
}

TEST_F(UartTest, input_waits_on_the_line_while_the_receiver_is_full_and_none_is_lost) {
    open(0x01);
    std::string text;
    for (int i = 0; i < 200; ++i)
        text += static_cast<char>('a' + i % 26);
    type(text);
    bench.pass(1000 * kByte);
    std::string got;
    for (int i = 0; i < 20; ++i) {
        got += read_all();
        bench.pass(20 * kByte);
    }
    EXPECT_EQ(got, text);
    EXPECT_EQ(bench.in(kLsr)&0x02, 0) << "no overrun";
}

TEST_F(UartTest, a_full_line_says_so) {
    open(0x01);
    for (size_t i = 0; i < Uart16550::kLineCapacity; ++i) {
        ASSERT_TRUE(uart.can_receive());
        uart.receive('x');
    }
    EXPECT_FALSE(uart.can_receive());
    bench.pass(kByte);
    EXPECT_TRUE(uart.can_receive());
}

TEST_F(UartTest, loop_back_returns_bytes_and_shows_the_outputs_as_inputs) {
    open(0x01);
    bench.out(kMcr, 0x1f);
    bench.in(kMsr);
    bench.out(kData, 'L');
    bench.pass(kByte);
    EXPECT_EQ(bench.in(kData), 'L');
    EXPECT_EQ(sent, "");
    EXPECT_EQ(bench.in(kMsr), 0xf0);
    for (const auto& [mcr, msr] :
         {std::pair{0x11, 0x20}, std::pair{0x12, 0x10}, std::pair{0x14, 0x40}, std::pair{0x18, 0x80}}) {
        bench.out(kMcr, static_cast<unsigned>(mcr));
        EXPECT_EQ(bench.in(kMsr)&0xf0, msr);
    }
}

TEST_F(UartTest, modem_lines_report_their_changes_once) {
    open();
    EXPECT_EQ(bench.in(kMsr), 0xb0) << "a terminal is there";
    bench.out(kMcr, 0x1c);  // loop-back: RI and DCD
    EXPECT_EQ(bench.in(kMsr), 0xc0 | 0x03);
    EXPECT_EQ(bench.in(kMsr), 0xc0);
    bench.out(kMcr, 0x18);
    EXPECT_EQ(bench.in(kMsr), 0x80 | 0x04) << "trailing edge of RI";
}

TEST_F(UartTest, an_overrun_is_reported_once_and_loses_the_byte_the_sheet_says) {
    open(0x00);
    bench.out(kMcr, 0x10);
    bench.out(kData, '1');
    bench.pass(kByte);
    bench.out(kData, '2');
    bench.pass(kByte);
    EXPECT_EQ(bench.in(kLsr), 0x60 | 0x02 | 0x01);
    EXPECT_EQ(bench.in(kLsr), 0x60 | 0x01);
    EXPECT_EQ(bench.in(kData), '2') << "without FIFO the old byte is lost";

    bench.out(kFcr, 0x07);
    for (char c = 'a'; c < 'a' + 17; ++c) {
        bench.out(kData, static_cast<uint8_t>(c));
        bench.pass(kByte);
    }
    EXPECT_EQ(bench.in(kLsr)&0x02, 0x02);
    EXPECT_EQ(read_all(), "abcdefghijklmnop") << "with FIFO the new one is";
}

TEST_F(UartTest, interrupts_are_identified_from_the_highest_priority_down) {
    open(0x01);
    bench.out(kMcr, 0x13);  // DCD falls
    for (int i = 0; i < 17; ++i) {
        bench.out(kData, 'x');
        bench.pass(kByte);
    }
    bench.out(kIer, 0x0f);
    EXPECT_EQ(bench.in(kIir), 0xc6) << "overrun";
    bench.in(kLsr);
    EXPECT_EQ(bench.in(kIir), 0xc4) << "received data";
    read_all();
    EXPECT_EQ(bench.in(kIir), 0xc2) << "transmitter empty";
    EXPECT_EQ(bench.in(kIir), 0xc0) << "modem status";
    bench.in(kMsr);
    EXPECT_EQ(bench.in(kIir), 0xc1);
}

TEST_F(UartTest, out2_opens_the_irq_line_and_loop_back_closes_it) {
    open();
    bench.out(kMcr, 0x03);
    bench.out(kIer, 0x02);
    EXPECT_FALSE(irq.level());
    bench.out(kMcr, 0x0b);
    EXPECT_TRUE(irq.level());
    bench.out(kMcr, 0x1b);
    EXPECT_FALSE(irq.level());
}

TEST_F(UartTest, fifo_control_clears_what_it_is_told_to) {
    open(0x01);
    type("ab");
    bench.pass(2 * kByte);
    bench.out(kFcr, 0x03);
    EXPECT_EQ(bench.in(kLsr)&1, 0);
    bench.out(kData, 'x');
    bench.out(kData, 'y');
    bench.out(kFcr, 0x05);
    EXPECT_EQ(bench.in(kLsr), 0x20) << "the shift register goes on";
    type("z");
    bench.pass(kByte);
    bench.out(kFcr, 0x00);
    EXPECT_EQ(bench.in(kLsr)&1, 0) << "a change of mode clears both";
}

TEST_F(UartTest, a_zero_divisor_does_not_stop_time) {
    set_line(0, 0x03);
    bench.out(kData, 'x');
    bench.pass(kByte);
    EXPECT_EQ(bench.in(kLsr), 0x60);
}

TEST_F(UartTest, a_saved_port_goes_on_with_bytes_in_flight) {
    open(0x81);
    bench.out(kIer, 0x03);
    type("hello");
    for (const char c : {'a', 'b', 'c'})
        bench.out(kData, static_cast<uint8_t>(c));
    bench.pass(2 * kByte + 1000);
    const auto saved = bench.save(uart);

    DeviceBench other;
    LineRecorder other_irq;
    Uart16550 copy(other.scheduler, "copy", kBase, other_irq.line(), {});
    other.plug_in(copy);
    other.load(copy, saved);
    EXPECT_EQ(other.save(copy), saved);
    irq.forget();
    for (int i = 0; i < 12; ++i) {
        bench.pass(kByte - 7);
        other.pass(kByte - 7);
        ASSERT_EQ(other.in(kIir), bench.in(kIir));
        ASSERT_EQ(other.in(kLsr), bench.in(kLsr));
        ASSERT_EQ(other_irq.history(), irq.history());
    }
    while ((bench.in(kLsr)&1) != 0)
        ASSERT_EQ(other.in(kData), bench.in(kData));
    EXPECT_EQ(other.in(kLsr), bench.in(kLsr));
}

TEST_F(UartTest, any_state_and_any_accesses_leave_it_working) {
    for (uint32_t seed = 0; seed < 50; ++seed) {
        load_noise(uart, seed);
        for (unsigned i = 0; i < 1000; ++i) {
            bench.out(static_cast<uint16_t>(kBase + i % 8), (seed + i * 37) & 0xff);
            bench.in(static_cast<uint16_t>(kBase + i % 7));
            bench.scheduler.clock().now = bench.scheduler.now() + kByte;
            bench.scheduler.run_due();
        }
        uart.reset();
        open();
        type("q");
        bench.pass(kByte);
        EXPECT_EQ(bench.in(kData), 'q');
    }
}

}  // namespace
}  // namespace mmscope
