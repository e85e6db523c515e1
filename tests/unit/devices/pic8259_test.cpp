// SPDX-License-Identifier: GPL-2.0-or-later
// The interrupt controllers as a kernel sees them: initialisation, priorities, ends of interrupt, the
// cascade.
#include "devices/pic8259.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "device_bench.h"

namespace mmscope {
namespace {

constexpr uint16_t kMaster = 0x20;
constexpr uint16_t kSlave = 0xa0;

class PicTest : public testing::Test {
  protected:
    DeviceBench bench;
    LineRecorder intr;
    Pic8259Pair pic{intr.line()};

    void SetUp() override { bench.plug_in(pic); }

    /// What every kernel does: vectors 0x20 and 0x28, 8086 mode; `icw4` may add bits.
    void initialise(unsigned icw4 = 0x01) {
        for (const auto& [port, vector, icw3] :
             {std::tuple{kMaster, 0x20, 0x04}, std::tuple{kSlave, 0x28, 0x02}}) {
            bench.out(port, 0x11);
            bench.out(port + 1, vector);
            bench.out(port + 1, icw3);
            bench.out(port + 1, icw4);
        }
    }
    void raise(uint8_t irq) {
        pic.set_irq(irq, false);
        pic.set_irq(irq, true);
    }
    std::string acknowledge() { return pic.requested() ? fmt::format("{:02x}", pic.acknowledge()) : "none"; }
    uint8_t in_service(uint16_t port) {
        bench.out(port, 0x0b);
        return bench.in(port);
    }
    uint8_t requests(uint16_t port) {
        bench.out(port, 0x0a);
        return bench.in(port);
    }
    void end_of_interrupt(uint16_t port) { bench.out(port, 0x20); }
};

TEST_F(PicTest, nothing_interrupts_before_initialisation) {
    raise(0);
    EXPECT_FALSE(pic.requested());
    EXPECT_EQ(bench.in(kMaster + 1), 0xff);
}

TEST_F(PicTest, an_irq_yields_the_vector_of_its_controller) {
    initialise();
    raise(3);
    EXPECT_TRUE(intr.level());
    EXPECT_EQ(acknowledge(), "23");
    EXPECT_FALSE(intr.level());
    EXPECT_EQ(in_service(kMaster), 0x08);
}

TEST_F(PicTest, the_slave_answers_through_input_2_and_both_are_in_service) {
    initialise();
    raise(12);
    EXPECT_EQ(acknowledge(), "2c");
    EXPECT_EQ(in_service(kMaster), 0x04);
    EXPECT_EQ(in_service(kSlave), 0x10);
}

TEST_F(PicTest, an_icw1_without_icw3_and_icw4_needs_fewer_words) {
    bench.out(kMaster, 0x12);  // single, no ICW4
    bench.out(kMaster + 1, 0x40);
    bench.out(kMaster + 1, 0xfe);  // the mask already
    EXPECT_EQ(bench.in(kMaster + 1), 0xfe);
    raise(0);
    EXPECT_EQ(acknowledge(), "40");
}

TEST_F(PicTest, a_masked_irq_waits_until_it_is_unmasked) {
    initialise();
    bench.out(kMaster + 1, 0x02);
    raise(1);
    EXPECT_EQ(acknowledge(), "none");
    EXPECT_EQ(requests(kMaster), 0x02);
    bench.out(kMaster + 1, 0x00);
    EXPECT_EQ(acknowledge(), "21");
}

TEST_F(PicTest, a_lower_irq_waits_for_the_end_of_a_higher_one) {
    initialise();
    raise(1);
    EXPECT_EQ(acknowledge(), "21");
    raise(3);
    EXPECT_EQ(acknowledge(), "none");
    end_of_interrupt(kMaster);
    EXPECT_EQ(acknowledge(), "23");
}

TEST_F(PicTest, a_higher_irq_interrupts_a_lower_one_and_ends_first) {
    initialise();
    raise(5);
    EXPECT_EQ(acknowledge(), "25");
    raise(1);
    EXPECT_EQ(acknowledge(), "21");
    EXPECT_EQ(in_service(kMaster), 0x22);
    end_of_interrupt(kMaster);
    EXPECT_EQ(in_service(kMaster), 0x20);
}

TEST_F(PicTest, slave_irqs_come_before_irq_3) {
    initialise();
    raise(3);
    raise(15);
    raise(8);
    EXPECT_EQ(acknowledge(), "28");
    end_of_interrupt(kSlave);
    end_of_interrupt(kMaster);
    EXPECT_EQ(acknowledge(), "2f");
    end_of_interrupt(kSlave);
    end_of_interrupt(kMaster);
    EXPECT_EQ(acknowledge(), "23");
}

TEST_F(PicTest, a_specific_end_of_interrupt_ends_that_line) {
    initialise();
    raise(5);
    acknowledge();
    raise(1);
    acknowledge();
    bench.out(kMaster, 0x65);
    EXPECT_EQ(in_service(kMaster), 0x02);
}

TEST_F(PicTest, an_edge_counts_once_however_long_the_line_stays_up) {
    initialise();
    raise(4);
    EXPECT_EQ(acknowledge(), "24");
    end_of_interrupt(kMaster);
    pic.set_irq(4, true);
    EXPECT_EQ(acknowledge(), "none");
    raise(4);
    EXPECT_EQ(acknowledge(), "24");
}

TEST_F(PicTest, a_level_triggered_line_asks_again_until_it_falls) {
    initialise();
    bench.out(0x4d0, 0x20);
    pic.set_irq(5, true);
    EXPECT_EQ(acknowledge(), "25");
    end_of_interrupt(kMaster);
    EXPECT_EQ(acknowledge(), "25");
    pic.set_irq(5, false);
    end_of_interrupt(kMaster);
    EXPECT_EQ(acknowledge(), "none");
}

TEST_F(PicTest, elcr_bits_of_the_timer_keyboard_clock_and_coprocessor_stay_edge) {
    bench.out(0x4d0, 0xff);
    bench.out(0x4d1, 0xff);
    EXPECT_EQ(bench.in(0x4d0), 0xf8);
    EXPECT_EQ(bench.in(0x4d1), 0xde);
}

TEST_F(PicTest, a_request_that_vanishes_is_forgotten_and_acknowledged_as_irq_7) {
    initialise();
    pic.set_irq(4, true);
    pic.set_irq(4, false);
    EXPECT_FALSE(pic.requested());
    EXPECT_EQ(pic.acknowledge(), 0x27);
    EXPECT_EQ(in_service(kMaster), 0x00);
}

TEST_F(PicTest, a_slave_request_that_vanishes_after_its_master_latched_it_becomes_irq_15) {
    initialise();
    bench.out(kMaster, 0x19);  // the master is level-triggered for a moment: it keeps input 2 as it is
    bench.out(kMaster + 1, 0x20);
    bench.out(kMaster + 1, 0x04);
    bench.out(kMaster + 1, 0x01);
    pic.set_irq(9, true);
    bench.out(kSlave + 1, 0x00);
    EXPECT_EQ(pic.acknowledge(), 0x29);
    // The slave has IRQ 9 in service; a poll takes IRQ 8 from under the master's nose.
    pic.set_irq(8, true);
    bench.out(kSlave, 0x0c);
    EXPECT_EQ(bench.in(kSlave), 0x80);
    EXPECT_EQ(pic.acknowledge(), 0x27);
}

TEST_F(PicTest, automatic_end_of_interrupt_leaves_nothing_in_service) {
    initialise(0x03);
    raise(1);
    EXPECT_EQ(acknowledge(), "21");
    EXPECT_EQ(in_service(kMaster), 0x00);
    raise(3);
    EXPECT_EQ(acknowledge(), "23");
}

TEST_F(PicTest, two_slave_irqs_with_automatic_ends_are_both_delivered) {
    initialise(0x03);
    raise(9);
    raise(10);
    EXPECT_EQ(acknowledge(), "29");
    EXPECT_EQ(acknowledge(), "2a");
    EXPECT_EQ(acknowledge(), "none");
}

TEST_F(PicTest, rotation_makes_the_line_that_ended_the_last_in_line) {
    initialise();
    raise(0);
    raise(1);
    EXPECT_EQ(acknowledge(), "20");
    bench.out(kMaster, 0xa0);  // rotate on non-specific EOI
    raise(0);
    EXPECT_EQ(acknowledge(), "21");
    bench.out(kMaster, 0xa0);
    EXPECT_EQ(acknowledge(), "20");
}

TEST_F(PicTest, set_priority_names_the_lowest_line) {
    initialise();
    bench.out(kMaster, 0xc3);  // line 3 is the lowest, 4 the highest
    raise(3);
    raise(0);
    raise(4);
    EXPECT_EQ(acknowledge(), "24");
    end_of_interrupt(kMaster);
    EXPECT_EQ(acknowledge(), "20");
    end_of_interrupt(kMaster);
    EXPECT_EQ(acknowledge(), "23");
}

TEST_F(PicTest, rotation_in_automatic_end_mode_is_round_robin) {
    initialise(0x03);
    bench.out(kMaster, 0x80);
    raise(0);
    raise(1);
    EXPECT_EQ(acknowledge(), "20");
    raise(0);
    EXPECT_EQ(acknowledge(), "21");
    EXPECT_EQ(acknowledge(), "20");
    bench.out(kMaster, 0x00);
}

TEST_F(PicTest, special_mask_mode_lets_lower_lines_through_a_masked_one_in_service) {
    initialise();
    raise(1);
    acknowledge();
    raise(6);
    EXPECT_EQ(acknowledge(), "none");
    bench.out(kMaster + 1, 0x02);
    bench.out(kMaster, 0x68);
    EXPECT_EQ(acknowledge(), "26");
    end_of_interrupt(kMaster);  // ends line 6: a masked line in service is not touched
    EXPECT_EQ(in_service(kMaster), 0x02);
    bench.out(kMaster, 0x48);  // special mask mode off
    end_of_interrupt(kMaster);
    EXPECT_EQ(in_service(kMaster), 0x00);
}

TEST_F(PicTest, special_fully_nested_mode_lets_a_higher_slave_line_interrupt_a_lower_one) {
    initialise();
    raise(14);
    EXPECT_EQ(acknowledge(), "2e");
    raise(9);
    EXPECT_EQ(acknowledge(), "none");  // the master still serves input 2

    initialise(0x11);
    raise(14);
    EXPECT_EQ(acknowledge(), "2e");
    raise(9);
    EXPECT_EQ(acknowledge(), "29");
    raise(3);
    EXPECT_EQ(acknowledge(), "none");  // below the slave
}

TEST_F(PicTest, a_poll_acknowledges_and_names_the_line) {
    initialise();
    raise(6);
    bench.out(kMaster, 0x0c);
    EXPECT_EQ(bench.in(kMaster), 0x86);
    EXPECT_EQ(in_service(kMaster), 0x40);
    EXPECT_FALSE(pic.requested());
    bench.out(kMaster, 0x0c);
    EXPECT_EQ(bench.in(kMaster)&0x80, 0);
}

TEST_F(PicTest, initialisation_forgets_masks_edges_and_what_was_in_service) {
    initialise();
    bench.out(kMaster + 1, 0xff);
    raise(1);
    initialise();
    EXPECT_EQ(bench.in(kMaster + 1), 0x00);
    EXPECT_EQ(acknowledge(), "none");
    raise(1);
    EXPECT_EQ(acknowledge(), "21");
    initialise();
    EXPECT_EQ(in_service(kMaster), 0x00);
}

TEST_F(PicTest, a_saved_pair_goes_on_where_it_was) {
    initialise();
    raise(5);
    acknowledge();
    raise(1);
    raise(10);
    bench.out(kSlave + 1, 0x40);
    const auto saved = bench.save(pic);

    DeviceBench other;
    LineRecorder other_intr;
    Pic8259Pair copy(other_intr.line());
    other.plug_in(copy);
    other.load(copy, saved);
    EXPECT_EQ(other.save(copy), saved);
    EXPECT_EQ(copy.describe(), pic.describe());
    EXPECT_TRUE(copy.requested());
    EXPECT_EQ(copy.acknowledge(), pic.acknowledge());
    other.out(kMaster, 0x20);
    EXPECT_EQ(copy.acknowledge(), 0x2a);
}

TEST_F(PicTest, any_state_and_any_writes_leave_it_working) {
    for (uint32_t seed = 0; seed < 50; ++seed) {
        load_noise(pic, seed);
        for (unsigned i = 0; i < 2000; ++i) {
            bench.out(static_cast<uint16_t>((i & 1 ? kMaster : kSlave) + (i >> 1 & 1)),
                      (seed + i * 37) & 0xff);
            if (pic.requested()) pic.acknowledge();
        }
        pic.reset();
        initialise();
        raise(7);
        EXPECT_EQ(acknowledge(), "27");
    }
}

}  // namespace
}  // namespace mmscope
