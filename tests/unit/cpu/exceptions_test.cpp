// SPDX-License-Identifier: GPL-2.0-or-later
// Delivery as a pure function: state and memory in, new state or nested fault out. The guests in
// tests/unit/machine show the same on the running machine, beside QEMU.
#include "cpu/exceptions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>

namespace mmscope {
namespace {

constexpr uint32_t kGdt = 0x1000, kIdt = 0x2000, kTss = 0x3000, kStack0 = 0x8000, kStackNow = 0x6000;
constexpr uint32_t kHandler = 0x5000;
constexpr uint16_t kCode0 = 0x08, kData0 = 0x10, kCode3 = 0x1B, kData3 = 0x23, kTssSelector = 0x28;
constexpr uint32_t kFlagsBefore = 0x00003302;  // IOPL 3, IF, TF

/// 64 KiB without paging; single pages can be taken away.
class FakeMemory final : public SupervisorMemory {
  public:
    std::expected<uint32_t, Interruption> read(LinearAddr address, Width width) override {
        if (auto fault = missing(address, 0)) return std::unexpected(*fault);
        uint32_t value = 0;
        std::memcpy(&value, bytes_.data() + address.value % bytes_.size(), bytes(width));
        return value;
    }
    std::optional<Interruption> probe_write(LinearAddr address, uint32_t) override {
        return missing(address, 2);
    }
    std::optional<Interruption> write(LinearAddr address, Width width, uint32_t value) override {
        if (auto fault = missing(address, 2)) return fault;
        std::memcpy(bytes_.data() + address.value % bytes_.size(), &value, bytes(width));
        return std::nullopt;
    }
    void put(uint32_t at, uint32_t value) { std::memcpy(bytes_.data() + at, &value, sizeof(value)); }
    [[nodiscard]] uint32_t word(uint32_t at) const {
        uint32_t value;
        std::memcpy(&value, bytes_.data() + at, sizeof(value));
        return value;
    }
    std::set<uint32_t> absent_pages;

  private:
    [[nodiscard]] std::optional<Interruption> missing(LinearAddr address, uint32_t error) const {
        if (!absent_pages.contains(address.page().value)) return std::nullopt;
        return Interruption{.vector = kPageFaultVector, .error_code = error, .cr2 = address};
    }
    std::array<uint8_t, 0x10000> bytes_{};
};

SegmentRegister segment(uint16_t selector, uint32_t flags) {
    return {.selector = {selector}, .base = 0, .limit = UINT32_MAX, .flags = flags};
}

/// A flat kernel and user, a TSS, and every gate an interrupt gate to kHandler with DPL 0.
struct World {
    FakeMemory memory;
    CpuState state;

    World() {
        put_descriptor(kCode0, 0x0000FFFF, 0x00CF9B00);
        put_descriptor(kData0, 0x0000FFFF, 0x00CF9300);
        put_descriptor(kCode3, 0x0000FFFF, 0x00CFFB00);
        put_descriptor(kData3, 0x0000FFFF, 0x00CFF300);
        for (uint32_t vector = 0; vector < 256; ++vector)
            put_gate(vector, kCode0, kHandler, 0x8E00);
        memory.put(kTss + 4, kStack0);
        memory.put(kTss + 8, kData0);
        state.cr0 = kCr0Pe;
        state.gdt = {kGdt, 0xFF};
        state.idt = {kIdt, 0x7FF};
        state.tr = {.selector = {kTssSelector}, .base = kTss, .limit = 103, .flags = 0x8B00};
        state.eip = 0x1234;
        state.eflags = kFlagsBefore;
        state.regs[kEsp] = kStackNow;
        enter_kernel();
    }
    void enter_kernel() {
        state.cpl = 0;
        state.segments[kCs] = segment(kCode0, 0x00CF9B00);
        state.segments[kSs] = segment(kData0, 0x00CF9300);
    }
    void enter_user() {
        state.cpl = 3;
        state.segments[kCs] = segment(kCode3, 0x00CFFB00);
        state.segments[kSs] = segment(kData3, 0x00CFF300);
    }
    void put_descriptor(uint16_t selector, uint32_t low, uint32_t high) {
        memory.put(kGdt + (selector & ~7u), low);
        memory.put(kGdt + (selector & ~7u) + 4, high);
    }
    void put_gate(uint32_t vector, uint16_t selector, uint32_t offset, uint32_t access) {
        memory.put(kIdt + 8 * vector, uint32_t{selector} << 16 | (offset & 0xFFFF));
        memory.put(kIdt + 8 * vector + 4, (offset & 0xFFFF0000) | access);
    }
    /// "13(38)" for a fault, "ok" for a delivery.
    std::string once(const Interruption& what) {
        std::optional<std::string> unsupported;
        const auto result = deliver_once(state, memory, what, unsupported);
        if (unsupported) return *unsupported;
        if (result) return "ok";
        return fmt::format("{}({:x})", vector_name(result.error().vector), result.error().error_code);
    }
    /// The pushed words from the stack's top up.
    std::string stack(uint32_t words) const {
        std::string text;
        for (uint32_t i = 0; i < words; ++i) {
            text += fmt::format("{}{:x}", i == 0 ? "" : " ", memory.word(state.regs[kEsp] + 4 * i));
        }
        return text;
    }
};

constexpr Interruption kTimer{.vector = 32, .origin = Origin::Hardware};
constexpr Interruption kFaultWithCode{.vector = kGeneralProtection, .error_code = 0x38};
constexpr Interruption kSystemCall{.vector = 0x80, .origin = Origin::Software, .instruction_length = 2};

TEST(Delivery, to_the_same_ring_pushes_flags_cs_and_eip_on_the_stack_in_use) {
    World world;
    EXPECT_EQ(world.once(kTimer), "ok");
    EXPECT_EQ(world.stack(3), "1234 8 3302");
    EXPECT_EQ(world.state.regs[kEsp], kStackNow - 12);
    EXPECT_EQ(world.state.eip, kHandler);
}

TEST(Delivery, to_an_inner_ring_switches_to_the_stack_of_the_tss) {
    World world;
    world.enter_user();
    EXPECT_EQ(world.once(kTimer), "ok");
    EXPECT_EQ(world.stack(5), "1234 1b 3302 6000 23");
    EXPECT_EQ(world.state.regs[kEsp], kStack0 - 20);
    EXPECT_EQ(world.state.segments[kSs].selector.value, kData0);
    EXPECT_EQ(world.state.cpl, 0);
}

TEST(Delivery, pushes_the_error_code_of_an_exception_that_has_one) {
    World world;
    EXPECT_EQ(world.once(kFaultWithCode), "ok");
    EXPECT_EQ(world.stack(4), "38 1234 8 13302");
}

TEST(Delivery, pushes_no_error_code_for_int_14_or_an_interrupt_at_that_vector) {
    World world;
    world.once({.vector = kPageFaultVector, .origin = Origin::Software});
    EXPECT_EQ(world.stack(3), "1234 8 3302");
    World other;
    other.once({.vector = kPageFaultVector, .origin = Origin::Hardware});
    EXPECT_EQ(other.stack(3), "1234 8 3302");
}

TEST(Delivery, sets_rf_in_the_image_of_a_fault_and_not_of_a_trap_or_an_interrupt) {
    for (const auto& [what, expected] :
         {std::pair{Interruption{.vector = kInvalidOpcode}, uint32_t{kFlagRf}},
          std::pair{Interruption{.vector = kDebug}, 0u}, std::pair{Interruption{.vector = kDoubleFault}, 0u},
          std::pair{kTimer, 0u}, std::pair{kSystemCall, 0u}}) {
        World world;
        world.once(what);
        const uint32_t flags_at = world.state.regs[kEsp] + (pushes_error_code(what.vector) ? 12 : 8);
        EXPECT_EQ(world.memory.word(flags_at) & kFlagRf, expected) << vector_name(what.vector);
    }
}

TEST(Delivery, an_interrupt_gate_clears_if_and_a_trap_gate_does_not) {
    World world;
    world.once(kTimer);
    EXPECT_EQ(world.state.eflags, 0x3002u);
    World other;
    other.put_gate(32, kCode0, kHandler, 0x8F00);
    other.once(kTimer);
    EXPECT_EQ(other.state.eflags, 0x3202u);
}

TEST(Delivery, clears_tf_nt_rf_and_the_interrupt_shadow) {
    World world;
    world.state.eflags = kFlagReserved1 | kFlagTf | kFlagNt | kFlagRf;
    world.state.interrupt_shadow = true;
    world.once(kTimer);
    EXPECT_EQ(world.state.eflags, kFlagReserved1);
    EXPECT_FALSE(world.state.interrupt_shadow);
}

TEST(Delivery, through_a_16_bit_gate_pushes_words_and_takes_16_bits_of_offset) {
    World world;
    world.put_gate(32, kCode0, 0x00010000 | kHandler, 0x8600);
    EXPECT_EQ(world.once(kTimer), "ok");
    EXPECT_EQ(world.state.regs[kEsp], kStackNow - 6);
    EXPECT_EQ(world.memory.word(kStackNow - 6), 0x00081234u);
    EXPECT_EQ(world.state.eip, kHandler);
}

TEST(Delivery, to_a_conforming_segment_stays_in_its_ring_and_on_its_stack) {
    World world;
    world.enter_user();
    world.put_descriptor(0x30, 0x0000FFFF, 0x00CF9F00);
    world.put_gate(32, 0x30, kHandler, 0x8E00);
    EXPECT_EQ(world.once(kTimer), "ok");
    EXPECT_EQ(world.state.cpl, 3);
    EXPECT_EQ(world.state.segments[kCs].selector.value, 0x33);
    EXPECT_EQ(world.state.regs[kEsp], kStackNow - 12);
}

TEST(Delivery, of_int_n_needs_a_gate_for_its_ring_and_of_everything_else_does_not) {
    World world;
    world.enter_user();
    EXPECT_EQ(world.once(kSystemCall), "#GP(402)");
    EXPECT_EQ(world.once({.vector = 0x80, .origin = Origin::Hardware}), "ok");
    World open;
    open.enter_user();
    open.put_gate(0x80, kCode0, kHandler, 0xEE00);
    EXPECT_EQ(open.once(kSystemCall), "ok");
}

struct BadGate {
    const char* name;
    uint16_t selector;
    uint32_t access;
    const char* software;
    const char* hardware;
};

class BadGates : public ::testing::TestWithParam<BadGate> {};
INSTANTIATE_TEST_SUITE_P(
    Gates, BadGates,
    ::testing::Values(BadGate{"not_present", kCode0, 0x0E00, "#NP(402)", "#NP(403)"},
                      BadGate{"no_gate_at_all", kCode0, 0x9B00, "#GP(402)", "#GP(403)"},
                      BadGate{"null_selector", 0x0003, 0x8E00, "#GP(0)", "#GP(1)"},
                      BadGate{"selector_beyond_the_table", 0x0200, 0x8E00, "#GP(200)", "#GP(201)"},
                      BadGate{"ldt_selector_without_an_ldt", 0x000C, 0x8E00, "#GP(c)", "#GP(d)"},
                      BadGate{"data_segment", kData0, 0x8E00, "#GP(10)", "#GP(11)"},
                      BadGate{"outer_ring_code", kCode3, 0x8E00, "#GP(18)", "#GP(19)"},
                      BadGate{"absent_code", 0x30, 0x8E00, "#NP(30)", "#NP(31)"}),
    [](const auto& gate) { return gate.param.name; });

TEST_P(BadGates, raise_what_the_manual_says_and_change_nothing) {
    for (const bool software : {true, false}) {
        World world;
        world.put_descriptor(0x30, 0x0000FFFF, 0x00CF1B00);
        world.put_gate(0x80, GetParam().selector, kHandler, GetParam().access);
        const auto origin = software ? Origin::Software : Origin::Hardware;
        EXPECT_EQ(world.once({.vector = 0x80, .origin = origin}),
                  software ? GetParam().software : GetParam().hardware);
        EXPECT_EQ(world.state.eip, 0x1234u);
        EXPECT_EQ(world.state.regs[kEsp], kStackNow);
        EXPECT_EQ(world.state.eflags, kFlagsBefore);
    }
}

TEST(Delivery, behind_the_limit_of_the_idt_is_a_general_protection_fault) {
    World world;
    world.state.idt.limit = 32 * 8 + 6;
    EXPECT_EQ(world.once(kTimer), "#GP(103)");
    world.state.idt.limit = 32 * 8 + 7;
    EXPECT_EQ(world.once(kTimer), "ok");
}

TEST(Delivery, to_an_offset_behind_the_limit_of_the_code_segment_is_gp_0) {
    World world;
    world.put_descriptor(0x30, 0x00004FFF, 0x00409B00);
    world.put_gate(32, 0x30, kHandler, 0x8E00);
    EXPECT_EQ(world.once(kTimer), "#GP(1)");
}

struct BadStack {
    const char* name;
    uint32_t selector;
    uint32_t high;
    const char* expected;
};

class BadStacks : public ::testing::TestWithParam<BadStack> {};
INSTANTIATE_TEST_SUITE_P(Tss, BadStacks,
                         ::testing::Values(BadStack{"null", 0, 0x00CF9300, "#TS(1)"},
                                           BadStack{"beyond_the_table", 0x200, 0x00CF9300, "#TS(201)"},
                                           BadStack{"wrong_rpl", 0x33, 0x00CF9300, "#TS(31)"},
                                           BadStack{"wrong_dpl", 0x30, 0x00CFF300, "#TS(31)"},
                                           BadStack{"read_only", 0x30, 0x00CF9100, "#TS(31)"},
                                           BadStack{"code", 0x30, 0x00CF9B00, "#TS(31)"},
                                           BadStack{"not_present", 0x30, 0x00CF1300, "#SS(31)"}),
                         [](const auto& stack) { return stack.param.name; });

TEST_P(BadStacks, of_the_inner_ring_raise_ts_or_ss) {
    World world;
    world.enter_user();
    world.put_descriptor(0x30, 0x0000FFFF, GetParam().high);
    world.memory.put(kTss + 8, GetParam().selector);
    EXPECT_EQ(world.once(kTimer), GetParam().expected);
}

TEST(Delivery, to_an_inner_ring_with_a_tss_that_is_too_short_is_ts_of_the_tss) {
    World world;
    world.enter_user();
    world.state.tr.limit = 8;
    EXPECT_EQ(world.once(kTimer), "#TS(29)");
    world.state.tr.limit = 9;
    EXPECT_EQ(world.once(kTimer), "ok");
}

TEST(Delivery, takes_the_inner_stack_from_a_16_bit_tss) {
    World world;
    world.enter_user();
    world.state.tr.flags = 0x8300;
    world.memory.put(kTss + 2, kStack0 | uint32_t{kData0} << 16);
    EXPECT_EQ(world.once(kTimer), "ok");
    EXPECT_EQ(world.state.regs[kEsp], kStack0 - 20);
}

TEST(Delivery, without_room_on_the_stack_is_ss_0_and_on_an_inner_stack_ss_of_its_selector) {
    World world;
    world.state.segments[kSs].limit = kStackNow - 5;
    EXPECT_EQ(world.once(kTimer), "#SS(1)");
    World inner;
    inner.enter_user();
    inner.put_descriptor(kData0, 0x00000FFF, 0x00409300);
    EXPECT_EQ(inner.once(kTimer), "#SS(11)");
}

TEST(Delivery, onto_a_16_bit_stack_wraps_sp_and_keeps_the_upper_half_of_esp) {
    World world;
    world.state.segments[kSs].flags &= ~uint32_t{kDescBig};
    world.state.regs[kEsp] = 0xABCD0000 | kStackNow;
    EXPECT_EQ(world.once(kTimer), "ok");
    EXPECT_EQ(world.state.regs[kEsp], 0xABCD0000 | (kStackNow - 12));
}

TEST(Delivery, onto_a_stack_that_is_not_mapped_pushes_nothing_and_names_the_first_push) {
    World world;
    world.state.regs[kEsp] = 0x7008;  // EFLAGS and CS on one page, EIP on the page below
    world.memory.absent_pages = {0x6000};
    world.memory.put(0x7004, 0xAAAAAAAA);
    std::optional<std::string> unsupported;
    const auto result = deliver_once(world.state, world.memory, kTimer, unsupported);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().vector, kPageFaultVector);
    EXPECT_EQ(result.error().cr2, LinearAddr(0x6FFC));
    EXPECT_EQ(world.memory.word(0x7004), 0xAAAAAAAAu);
}

TEST(Delivery, through_a_task_gate_is_refused_in_words) {
    World world;
    world.put_gate(8, kTssSelector, 0, 0x8500);
    EXPECT_EQ(world.once({.vector = kDoubleFault}),
              "#DF goes through a task gate: hardware task switches are not modelled");
}

TEST(Delivery, from_virtual_8086_mode_pushes_and_clears_the_data_segments) {
    World world;
    world.state.cpl = 3;
    world.state.eflags |= kFlagVm;
    for (const SegmentIndex index : {kEs, kDs, kFs, kGs})
        world.state.segments[index].selector = {uint16_t(0x100 + index)};
    world.state.segments[kCs].selector = {0x2000};
    world.state.segments[kSs].selector = {0x3000};
    EXPECT_EQ(world.once(kTimer), "ok");
    EXPECT_EQ(world.stack(9), "1234 2000 23302 6000 3000 100 103 104 105");
    EXPECT_TRUE(world.state.segments[kDs].selector.null());
    EXPECT_FALSE(world.state.eflags & kFlagVm);
}

TEST(Delivery, in_real_mode_goes_through_the_vector_table) {
    World world;
    world.state.cr0 = 0;
    world.state.idt = {0, 0x3FF};
    world.state.segments[kSs].flags = 0;
    world.memory.put(32 * 4, 0x12340100);
    EXPECT_EQ(world.once(kTimer), "ok");
    EXPECT_EQ(world.state.eip, 0x100u);
    EXPECT_EQ(world.state.segments[kCs].base, 0x12340u);
    EXPECT_EQ(world.state.regs[kEsp], kStackNow - 6);
}

// Nested faults: SDM vol. 3, table 6-5. Gates are made absent to let a delivery fail with #NP.

std::string chain_of(World& world, const Interruption& what) {
    const DeliveryOutcome outcome = deliver(world.state, world.memory, what);
    std::string text;
    for (uint32_t i = 0; i < outcome.chain.count; ++i) {
        text += vector_name(outcome.chain.steps[i].vector) + " ";
    }
    return text + (outcome.delivered ? "delivered" : "shutdown");
}

TEST(Nesting, a_fault_during_the_delivery_of_an_interrupt_or_a_benign_exception_is_delivered_itself) {
    World world;
    world.put_gate(32, kCode0, kHandler, 0x0E00);
    EXPECT_EQ(chain_of(world, kTimer), "vector 32 #NP delivered");
    World benign;
    benign.put_gate(kInvalidOpcode, kCode0, kHandler, 0x0E00);
    EXPECT_EQ(chain_of(benign, {.vector = kInvalidOpcode}), "#UD #NP delivered");
}

TEST(Nesting, two_contributory_faults_make_a_double_fault) {
    World world;
    world.put_gate(kGeneralProtection, kCode0, kHandler, 0x0E00);
    EXPECT_EQ(chain_of(world, kFaultWithCode), "#GP #NP #DF delivered");
    EXPECT_EQ(world.stack(2), "0 1234");
}

TEST(Nesting, a_page_fault_during_a_contributory_fault_is_delivered_itself) {
    World world;
    world.put_gate(kGeneralProtection, kCode0, kHandler, 0x8E00);
    world.memory.absent_pages = {kGdt};  // reading the handler's segment faults
    EXPECT_EQ(chain_of(world, kFaultWithCode).substr(0, 8), "#GP #PF ");
}

TEST(Nesting, anything_but_a_benign_event_during_a_page_fault_makes_a_double_fault) {
    World world;
    world.put_gate(kPageFaultVector, kCode0, kHandler, 0x0E00);
    const Interruption fault{.vector = kPageFaultVector, .error_code = 2, .cr2 = LinearAddr(0x4000)};
    EXPECT_EQ(chain_of(world, fault), "#PF #NP #DF delivered");
    EXPECT_EQ(world.state.cr2, 0x4000u);
}

TEST(Nesting, a_fault_during_a_double_fault_is_the_end_and_the_report_tells_each_step) {
    World world;
    world.state.idt.limit = 0;
    const DeliveryOutcome outcome = deliver(
        world.state, world.memory, {.vector = kPageFaultVector, .error_code = 2, .cr2 = LinearAddr(0x4000)});
    EXPECT_FALSE(outcome.delivered);
    EXPECT_EQ(outcome.shutdown_reason(),
              "triple fault: #PF error 0x2 cr2 0x00004000\n"
              "  its delivery raised #GP error 0x73\n"
              "  which makes #DF\n"
              "  its delivery raised #GP error 0x43");
}

TEST(Nesting, a_fault_of_int_n_points_at_the_instruction_and_a_delivered_one_behind_it) {
    World world;
    world.enter_user();
    EXPECT_EQ(chain_of(world, kSystemCall), "vector 128 #GP delivered");
    EXPECT_EQ(world.stack(2), "402 1232");
    World open;
    open.enter_user();
    open.put_gate(0x80, kCode0, kHandler, 0xEE00);
    EXPECT_EQ(chain_of(open, kSystemCall), "vector 128 delivered");
    EXPECT_EQ(open.stack(1), "1234");
}

}  // namespace
}  // namespace mmscope
