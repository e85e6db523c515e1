// SPDX-License-Identifier: GPL-2.0-or-later
// What a guest writes to the debug ports arrives, whole, at the one who listens.
#include "devices/debug_ports.h"

#include <gtest/gtest.h>

#include "device_bench.h"

namespace mmscope {
namespace {

class DebugPortsTest : public testing::Test {
  protected:
    DeviceBench bench;
    std::string console;
    std::vector<uint32_t> exits;
    std::vector<uint32_t> checkpoints;
    DebugPorts ports{[this](uint8_t byte) { console += static_cast<char>(byte); },
                     [this](uint32_t code) { exits.push_back(code); },
                     [this](uint32_t id) { checkpoints.push_back(id); }};

    void SetUp() override { bench.plug_in(ports); }
};

TEST_F(DebugPortsTest, bytes_written_to_0xe9_go_to_the_console_and_reading_tells_it_is_there) {
    for (const char c : {'o', 'k', '\n'})
        bench.out(0xe9, static_cast<uint8_t>(c));
    EXPECT_EQ(console, "ok\n");
    EXPECT_EQ(bench.in(0xe9), 0xe9);
}

TEST_F(DebugPortsTest, a_32_bit_write_to_0xf4_carries_an_exit_code) {
    bench.bus.write_port(0xf4, Width::Dword, 0x12345678);
    bench.bus.write_port(0xf4, Width::Byte, 0x1ff);
    EXPECT_EQ(exits, (std::vector<uint32_t>{0x12345678, 0xff}));
    EXPECT_TRUE(checkpoints.empty());
}

TEST_F(DebugPortsTest, a_32_bit_write_to_0xf8_names_a_checkpoint) {
    bench.bus.write_port(0xf8, Width::Dword, 0xcafe0001);
    EXPECT_EQ(checkpoints, (std::vector<uint32_t>{0xcafe0001}));
    EXPECT_EQ(ports.describe(), "last checkpoint 0xcafe0001");
    EXPECT_TRUE(exits.empty());
}

TEST_F(DebugPortsTest, ports_without_a_listener_swallow_writes) {
    DeviceBench other;
    DebugPorts silent({}, {}, {});
    other.plug_in(silent);
    other.out(0xe9, 'x');
    other.bus.write_port(0xf4, Width::Dword, 1);
    other.bus.write_port(0xf8, Width::Dword, 1);
    EXPECT_EQ(other.bus.read_port(0xf4, Width::Dword), 0xffffffffu);
}

TEST_F(DebugPortsTest, saved_ports_remember_the_last_checkpoint) {
    bench.bus.write_port(0xf8, Width::Dword, 42);
    const auto saved = bench.save(ports);
    DeviceBench other;
    DebugPorts copy({}, {}, {});
    other.plug_in(copy);
    other.load(copy, saved);
    EXPECT_EQ(other.save(copy), saved);
    EXPECT_EQ(copy.describe(), "last checkpoint 0x2a");
}

}  // namespace
}  // namespace mmscope
