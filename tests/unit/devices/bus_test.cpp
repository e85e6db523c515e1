// SPDX-License-Identifier: GPL-2.0-or-later
// Which device an access reaches, and in which pieces.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "device_bench.h"

namespace mmscope {
namespace {

/// Notes what reaches it; a byte read is the low byte of its address.
class Probe final : public Device {
  public:
    explicit Probe(std::string name) : name_(std::move(name)) {}
    [[nodiscard]] std::string_view name() const override { return name_; }
    void reset() override {}
    void attach(Bus&) override {}
    void state(StateVisitor&) override {}
    [[nodiscard]] std::string describe() const override { return log; }

    uint32_t read_port(uint16_t port, Width width) override {
        log += fmt::format("r{:x}/{} ", port, bytes(width));
        return width == Width::Byte ? port & 0xffu : 0xdeadbeef;
    }
    void write_port(uint16_t port, Width width, uint32_t value) override {
        log += fmt::format("w{:x}/{}={:x} ", port, bytes(width), value);
    }
    uint32_t read_memory(PhysAddr address, Width width) override {
        log += fmt::format("R{:x}/{} ", address.value, bytes(width));
        return width == Width::Byte ? address.value & 0xffu : 0xdeadbeef;
    }
    void write_memory(PhysAddr address, Width width, uint32_t value) override {
        log += fmt::format("W{:x}/{}={:x} ", address.value, bytes(width), value);
    }
    std::string log;

  private:
    std::string name_;
};

class BusTest : public testing::Test {
  protected:
    Bus bus;
    Probe one{"one"};
    Probe two{"two"};
};

TEST_F(BusTest, a_byte_access_reaches_the_device_that_claimed_the_port) {
    bus.claim_ports(one, {0x20, 2}, PortSize::Bytes);
    bus.claim_ports(two, {0x40, 4}, PortSize::Bytes);
    EXPECT_EQ(bus.read_port(0x21, Width::Byte), 0x21u);
    bus.write_port(0x43, Width::Byte, 0x136);
    EXPECT_EQ(one.log, "r21/1 ");
    EXPECT_EQ(two.log, "w43/1=36 ");
}

TEST_F(BusTest, a_wide_access_to_a_byte_device_is_cut_low_byte_first_across_devices) {
    bus.claim_ports(one, {0x20, 2}, PortSize::Bytes);
    bus.claim_ports(two, {0x22, 1}, PortSize::Bytes);
    bus.write_port(0x20, Width::Dword, 0x44332211);
    EXPECT_EQ(one.log, "w20/1=11 w21/1=22 ");
    EXPECT_EQ(two.log, "w22/1=33 ");
    EXPECT_EQ(bus.read_port(0x21, Width::Dword), 0xffff2221u);
}

TEST_F(BusTest, a_device_that_takes_wide_accesses_gets_them_whole_unless_they_leave_its_range) {
    bus.claim_ports(one, {0xf4, 4}, PortSize::AsIs);
    bus.write_port(0xf4, Width::Dword, 0x12345678);
    EXPECT_EQ(bus.read_port(0xf4, Width::Word), 0xbeefu);
    bus.write_port(0xf6, Width::Dword, 0x44332211);
    EXPECT_EQ(one.log, "wf4/4=12345678 rf4/2 wf6/1=11 wf7/1=22 ");
}

TEST_F(BusTest, an_unclaimed_access_reads_all_ones_and_harms_nobody) {
    bus.claim_ports(one, {0x20, 2}, PortSize::Bytes);
    EXPECT_EQ(bus.read_port(0x1f, Width::Byte), 0xffu);
    EXPECT_EQ(bus.read_port(0x22, Width::Word), 0xffffu);
    EXPECT_EQ(bus.read_memory(PhysAddr(0xfee00000), Width::Dword), 0xffffffffu);
    bus.write_port(0x22, Width::Byte, 1);
    bus.write_memory(PhysAddr(0xfee00000), Width::Dword, 1);
    EXPECT_EQ(one.log, "");
}

TEST_F(BusTest, the_highest_port_and_address_wrap_to_the_lowest) {
    bus.claim_ports(one, {0xffff, 1}, PortSize::Bytes);
    bus.claim_ports(two, {0x0000, 1}, PortSize::Bytes);
    EXPECT_EQ(bus.read_port(0xffff, Width::Word), 0x00ffu);
    bus.claim_memory(one, {PhysAddr(0xffffffff), 1});
    EXPECT_EQ(bus.read_memory(PhysAddr(0xffffffff), Width::Word), 0xffffu);
    EXPECT_EQ(one.log, "rffff/1 Rffffffff/1 ");
}

TEST_F(BusTest, memory_accesses_are_whole_inside_a_claim_and_cut_at_its_border) {
    bus.claim_memory(one, {PhysAddr(0xb8000), 0x8000});
    EXPECT_EQ(bus.read_memory(PhysAddr(0xb8000), Width::Dword), 0xdeadbeefu);
    bus.write_memory(PhysAddr(0xbfffe), Width::Dword, 0x44332211);
    EXPECT_EQ(one.log, "Rb8000/4 Wbfffe/1=11 Wbffff/1=22 ");
}

TEST_F(BusTest, two_claims_of_one_port_are_reported_with_both_names) {
    bus.claim_ports(one, {0x60, 5}, PortSize::Bytes);
    bus.claim_ports(two, {0x64, 1}, PortSize::Bytes);
    const auto map = bus.validate_map();
    ASSERT_FALSE(map);
    EXPECT_EQ(map.error().message,
              "port 0x0064 is claimed by both one (0x0060-0x0064) and two (0x0064-0x0064)");
}

TEST_F(BusTest, two_claims_of_one_address_are_reported_and_neighbours_are_not) {
    bus.claim_memory(one, {PhysAddr(0xb8000), 0x8000});
    bus.claim_memory(two, {PhysAddr(0xc0000), 0x1000});
    EXPECT_TRUE(bus.validate_map());
    bus.claim_memory(two, {PhysAddr(0xbffff), 1});
    EXPECT_FALSE(bus.validate_map());
}

TEST_F(BusTest, the_map_is_a_table_in_ascending_order) {
    bus.claim_memory(two, {PhysAddr(0xb8000), 0x8000});
    bus.claim_ports(two, {0x3d4, 2}, PortSize::Bytes);
    bus.claim_ports(one, {0x20, 2}, PortSize::Bytes);
    EXPECT_EQ(bus.describe(),
              "0x0020-0x0021 one\n"
              "0x03d4-0x03d5 two\n"
              "0x000b8000-0x000bffff two\n");
}

}  // namespace
}  // namespace mmscope
