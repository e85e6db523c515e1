// SPDX-License-Identifier: GPL-2.0-or-later
// What deliveries read and write: across page borders, on pages that are missing, and outside RAM.
#include "cpu/supervisor_memory.h"

#include <gtest/gtest.h>

#include "machine/physical_memory.h"

namespace mmscope {
namespace {

/// A bus whose memory reads as the address that was asked for.
class EchoPins final : public CpuPins {
  public:
    uint32_t read_port(uint16_t, Width) override { return 0; }
    void write_port(uint16_t, Width, uint32_t) override {}
    uint32_t read_memory(PhysAddr address, Width) override { return address.value; }
    void write_memory(PhysAddr, Width, uint32_t) override {}
    [[nodiscard]] bool interrupt_requested() const override { return false; }
    uint8_t acknowledge_interrupt() override { return 0; }
    bool clock_expired() override { return false; }
};

/// Linear pages 0 to 2 are frames 0x8000 and 0x6000, and one that is missing.
class supervisor_memory : public testing::Test {
  protected:
    supervisor_memory() {
        put(0x1000, 0x2000 | kPresent | kWritable);
        put(0x2000, 0x8000 | kPresent | kWritable);
        put(0x2004, 0x6000 | kPresent | kWritable);
    }
    void put(uint32_t at, uint32_t value) {
        EXPECT_TRUE(memory_->write(PhysAddr(at), std::as_bytes(std::span(&value, 1))));
    }
    uint32_t get(uint32_t at) {
        uint32_t value = 0;
        EXPECT_TRUE(memory_->read(PhysAddr(at), std::as_writable_bytes(std::span(&value, 1))));
        return value;
    }

    std::unique_ptr<PhysicalMemory> memory_ = std::move(PhysicalMemory::create(2u << 20).value());
    EchoPins pins_;
    PagingMode paging_{.directory = PhysAddr(0x1000), .paging = true};
    PagedSupervisorMemory linear_{*memory_, paging_, pins_};
};

TEST_F(supervisor_memory, each_width_is_read_and_written_alone) {
    put(0x8010, 0x44332211);
    EXPECT_EQ(linear_.read(LinearAddr(0x11), Width::Byte), 0x22u);
    EXPECT_EQ(linear_.read(LinearAddr(0x11), Width::Word), 0x3322u);
    EXPECT_EQ(linear_.read(LinearAddr(0x10), Width::Dword), 0x44332211u);
    EXPECT_FALSE(linear_.write(LinearAddr(0x11), Width::Byte, 0xAABBCCDD));
    EXPECT_EQ(get(0x8010), 0x4433DD11u);
    EXPECT_FALSE(linear_.write(LinearAddr(0x12), Width::Word, 0xAABBCCDD));
    EXPECT_EQ(get(0x8010), 0xCCDDDD11u);
    EXPECT_EQ(get(0x8014), 0u);
}

TEST_F(supervisor_memory, a_descriptor_across_a_border_is_read_from_both_frames) {
    put(0x8FF8, 0x11111111);
    put(0x8FFC, 0x22222222);
    put(0x6000, 0x33333333);
    put(0x6004, 0x44444444);
    put(0x9000, 0x55555555);  // behind the first frame
    EXPECT_EQ(linear_.read_quad(LinearAddr(0xFF8)), 0x2222222211111111u);
    EXPECT_EQ(linear_.read_quad(LinearAddr(0xFFC)), 0x3333333322222222u);
    EXPECT_EQ(linear_.read_quad(LinearAddr(0xFFE)), 0x4444333333332222u);
}

TEST_F(supervisor_memory, a_descriptor_that_ends_on_a_missing_page_is_a_fault_there) {
    const auto quad = linear_.read_quad(LinearAddr(0x1FFC));
    ASSERT_FALSE(quad);
    EXPECT_EQ(quad.error().vector, kPageFaultVector);
    EXPECT_EQ(quad.error().error_code, 0u);
    EXPECT_EQ(quad.error().cr2, LinearAddr(0x2000));
}

TEST_F(supervisor_memory, a_descriptor_outside_of_ram_is_asked_of_the_bus) {
    put(0x2008, 0x00300000 | kPresent);
    EXPECT_EQ(linear_.read_quad(LinearAddr(0x2010)), 0x0030001400300010u);
}

}  // namespace
}  // namespace mmscope
