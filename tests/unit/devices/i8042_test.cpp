// SPDX-License-Identifier: GPL-2.0-or-later
// The keyboard and its controller as a driver sees them.
#include "devices/i8042.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "device_bench.h"
#include "devices/ps2_scan_codes.h"

namespace mmscope {
namespace {

constexpr uint16_t kData = 0x60;
constexpr uint16_t kCommand = 0x64;
constexpr KeyCode kA = 0x1e;

class KeyboardTest : public testing::Test {
  protected:
    DeviceBench bench;
    LineRecorder irq;
    int resets = 0;
    I8042 controller{bench.scheduler, irq.line(), [this] { ++resets; }};

    void SetUp() override { bench.plug_in(controller); }
    /// All bytes that arrive within the next 10 ms.
    std::string read_all() {
        std::string text;
        for (int i = 0; i < 100; ++i) {
            bench.pass(100'000);
            if ((bench.in(kCommand)&1) != 0) text += fmt::format("{:02x} ", bench.in(kData));
        }
        return text;
    }
    std::string controller_command(unsigned command) {
        bench.out(kCommand, command);
        return read_all();
    }
    std::string keyboard_command(unsigned command) {
        bench.out(kData, command);
        return read_all();
    }
    void set_command_byte(unsigned value) {
        bench.out(kCommand, 0x60);
        bench.out(kData, value);
    }
    void tap(KeyCode code) {
        controller.key(code, KeyAction::Press);
        controller.key(code, KeyAction::Release);
    }
};

TEST_F(KeyboardTest, a_key_arrives_as_set_1_codes_with_one_interrupt_a_byte) {
    tap(kA);
    EXPECT_EQ(read_all(), "1e 9e ");
    EXPECT_EQ(irq.history(), "+-+-");
}

TEST_F(KeyboardTest, extended_keys_have_their_prefix_in_both_directions) {
    tap(0xe048);
    EXPECT_EQ(read_all(), "e0 48 e0 c8 ");
    tap(0xe037);
    EXPECT_EQ(read_all(), "e0 2a e0 37 e0 b7 e0 aa ");
    tap(0xe11d);
    EXPECT_EQ(read_all(), "e1 1d 45 e1 9d c5 ");
}

TEST_F(KeyboardTest, every_key_of_set_1_comes_through_the_translation_unchanged) {
    for (unsigned code = 1; code < 0x59; ++code) {
        if (code == 0x55) continue;
        tap(static_cast<KeyCode>(code));
        EXPECT_EQ(read_all(), fmt::format("{:02x} {:02x} ", code, code | 0x80));
    }
}

TEST_F(KeyboardTest, without_translation_the_bytes_are_those_of_set_2) {
    set_command_byte(0x01);
    tap(kA);
    EXPECT_EQ(read_all(), "1c f0 1c ");
    tap(0xe048);
    EXPECT_EQ(read_all(), "e0 75 e0 f0 75 ");
    tap(0x41);
    EXPECT_EQ(read_all(), "83 f0 83 ");
    controller.key(0xe11d, KeyAction::Press);
    EXPECT_EQ(read_all(), "e1 14 77 e1 f0 14 f0 77 ");
}

TEST_F(KeyboardTest, the_keyboard_itself_can_send_set_1) {
    set_command_byte(0x01);
    EXPECT_EQ(keyboard_command(0xf0), "fa ");
    EXPECT_EQ(keyboard_command(0x01), "fa ");
    tap(kA);
    EXPECT_EQ(read_all(), "1e 9e ");
    keyboard_command(0xf0);
    EXPECT_EQ(keyboard_command(0x00), "fa 01 ");
    set_command_byte(0x41);
    keyboard_command(0xf0);
    EXPECT_EQ(keyboard_command(0x02), "fa ");
    keyboard_command(0xf0);
    EXPECT_EQ(keyboard_command(0x00), "fa 41 ") << "2, translated";
    keyboard_command(0xf0);
    EXPECT_EQ(keyboard_command(0x03), "fe ") << "set 3 is refused";
}

TEST_F(KeyboardTest, codes_that_no_key_has_send_nothing) {
    for (const unsigned code : {0x00u, 0x55u, 0x59u, 0x7fu, 0xe001u, 0xe055u, 0xe211u, 0xffffu})
        tap(static_cast<KeyCode>(code));
    EXPECT_EQ(read_all(), "");
}

TEST_F(KeyboardTest, the_controller_tests_itself_and_its_keyboard_line) {
    EXPECT_EQ(controller_command(0xaa), "55 ");
    EXPECT_EQ(controller_command(0xab), "00 ");
    EXPECT_EQ(bench.in(kCommand)&0x04, 0x04);
}

TEST_F(KeyboardTest, the_command_byte_is_read_and_written) {
    EXPECT_EQ(controller_command(0x20), "65 ") << "as a BIOS leaves it";
    set_command_byte(0x47);
    EXPECT_EQ(controller_command(0x20), "47 ");
}

TEST_F(KeyboardTest, the_status_tells_whether_the_last_write_was_a_command) {
    bench.out(kCommand, 0xae);
    EXPECT_EQ(bench.in(kCommand)&0x08, 0x08);
    bench.out(kData, 0xf4);
    EXPECT_EQ(bench.in(kCommand)&0x08, 0x00);
}

TEST_F(KeyboardTest, without_irq_1_in_the_command_byte_only_the_status_tells) {
    set_command_byte(0x44);
    controller.key(kA, KeyAction::Press);
    bench.pass(1'000'000);
    EXPECT_EQ(irq.history(), "");
    EXPECT_EQ(bench.in(kCommand)&1, 1);
    set_command_byte(0x45);
    EXPECT_EQ(irq.history(), "+");
}

TEST_F(KeyboardTest, a_disabled_keyboard_keeps_its_codes_until_it_is_enabled) {
    EXPECT_EQ(controller_command(0xad), "");
    tap(kA);
    EXPECT_EQ(read_all(), "");
    EXPECT_EQ(controller_command(0xae), "1e 9e ");
}

TEST_F(KeyboardTest, the_keyboard_answers_its_commands) {
    EXPECT_EQ(keyboard_command(0xff), "fa aa ");
    EXPECT_EQ(keyboard_command(0xee), "ee ");
    EXPECT_EQ(keyboard_command(0xf2), "fa ab 41 ") << "83 translated, as on every PC";
    EXPECT_EQ(keyboard_command(0xf3), "fa ");
    EXPECT_EQ(keyboard_command(0x20), "fa ");
    EXPECT_EQ(keyboard_command(0x01), "fe ") << "no command";
    EXPECT_EQ(keyboard_command(0xf6), "fa ");
    EXPECT_EQ(keyboard_command(0xfe), "fa ") << "the last byte again";
}

TEST_F(KeyboardTest, a_new_command_ends_the_answer_to_the_one_before) {
    bench.out(kData, 0xf2);
    bench.out(kData, 0xee);
    EXPECT_EQ(read_all(), "ee ");
}

TEST_F(KeyboardTest, leds_follow_their_command) {
    EXPECT_EQ(keyboard_command(0xed), "fa ");
    EXPECT_EQ(keyboard_command(0x05), "fa ");
    EXPECT_EQ(controller.keyboard().leds(), 5);
    EXPECT_EQ(keyboard_command(0xed), "fa ");
    EXPECT_EQ(keyboard_command(0xf4), "fa ") << "a command instead of the argument";
    EXPECT_EQ(controller.keyboard().leds(), 5);
}

TEST_F(KeyboardTest, scanning_stops_and_starts_on_command) {
    keyboard_command(0xf5);
    tap(kA);
    EXPECT_EQ(read_all(), "");
    keyboard_command(0xf4);
    tap(kA);
    EXPECT_EQ(read_all(), "1e 9e ");
}

TEST_F(KeyboardTest, a_full_buffer_ends_in_one_overrun_byte) {
    set_command_byte(0x01);
    for (int i = 0; i < 20; ++i)
        controller.key(kA, KeyAction::Press);
    std::string expected;
    for (int i = 0; i < 16; ++i)
        expected += "1c ";
    EXPECT_EQ(read_all(), expected + "00 ");
    controller.key(kA, KeyAction::Press);
    EXPECT_EQ(read_all(), "1c ");
}

TEST_F(KeyboardTest, answers_of_the_controller_wait_for_the_output_buffer) {
    bench.out(kCommand, 0xaa);
    bench.out(kCommand, 0x20);
    EXPECT_EQ(bench.in(kData), 0x55);
    EXPECT_EQ(bench.in(kCommand)&1, 1);
    EXPECT_EQ(bench.in(kData), 0x65);
    EXPECT_EQ(bench.in(kCommand)&1, 0);
}

TEST_F(KeyboardTest, a_byte_can_be_put_into_the_output_buffer_as_if_typed) {
    bench.out(kCommand, 0xd2);
    bench.out(kData, 0x1e);
    EXPECT_TRUE(irq.level());
    EXPECT_EQ(bench.in(kData), 0x1e);
}

TEST_F(KeyboardTest, a20_is_open_and_its_bit_follows_the_output_port) {
    EXPECT_EQ(controller_command(0xd0), "03 ");
    bench.out(kCommand, 0xd1);
    bench.out(kData, 0x01);
    EXPECT_EQ(controller_command(0xd0), "01 ");
    bench.out(kCommand, 0xdf);
    EXPECT_EQ(controller_command(0xd0), "03 ");
    EXPECT_EQ(resets, 0);
}

TEST_F(KeyboardTest, pulsing_the_reset_line_asks_the_machine_for_a_reset) {
    bench.out(kCommand, 0xff);
    EXPECT_EQ(resets, 0) << "no bit pulled low";
    bench.out(kCommand, 0xfe);
    EXPECT_EQ(resets, 1);
    bench.out(kCommand, 0xd1);
    bench.out(kData, 0x02);
    EXPECT_EQ(resets, 2);
}

TEST_F(KeyboardTest, a_saved_keyboard_goes_on_in_the_middle_of_a_key) {
    controller.key(0xe048, KeyAction::Press);
    controller.key(0xe048, KeyAction::Release);
    keyboard_command(0xed);
    controller.key(kA, KeyAction::Press);
    bench.pass(150'000);
    const auto saved = bench.save(controller);

    DeviceBench other;
    I8042 copy(other.scheduler, {}, {});
    other.plug_in(copy);
    other.load(copy, saved);
    EXPECT_EQ(other.save(copy), saved);
    std::string theirs;
    for (int i = 0; i < 100; ++i) {
        other.pass(100'000);
        if ((other.in(kCommand)&1) != 0) theirs += fmt::format("{:02x} ", other.in(kData));
    }
    const std::string ours = read_all();
    EXPECT_EQ(theirs, ours);
    EXPECT_NE(ours, "");
}

TEST_F(KeyboardTest, any_state_and_any_accesses_leave_it_working) {
    for (uint32_t seed = 0; seed < 50; ++seed) {
        load_noise(controller, seed);
        for (unsigned i = 0; i < 1000; ++i) {
            bench.out(i % 3 == 0 ? kCommand : kData, (seed * 11 + i * 37) & 0xff);
            controller.key(static_cast<KeyCode>(seed * 997 + i * 31), KeyAction::Press);
            if (i % 4 == 0) bench.in(kData);
            bench.scheduler.clock().now = bench.scheduler.now() + 100'000;
            bench.scheduler.run_due();
        }
        controller.reset();
        tap(kA);
        EXPECT_EQ(read_all(), "1e 9e ");
    }
}

TEST(ScanCodes, the_translation_leaves_answers_alone) {
    for (const unsigned byte : {0xfau, 0xfeu, 0xaau, 0xeeu, 0xe0u, 0xe1u, 0xabu}) {
        EXPECT_EQ(translate_to_set1(static_cast<uint8_t>(byte)), byte);
    }
}

}  // namespace
}  // namespace mmscope
