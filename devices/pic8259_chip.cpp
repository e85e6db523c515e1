// SPDX-License-Identifier: GPL-2.0-or-later
// The 8259A's command words and its priority resolver. References are to data sheet 231468.
#include "devices/pic8259_chip.h"

#include "devices/state.h"

namespace mmscope {
namespace {

constexpr uint8_t kIcw1Mark = 0x10;
constexpr uint8_t kIcw1NeedsIcw4 = 0x01;
constexpr uint8_t kIcw1Single = 0x02;
constexpr uint8_t kIcw4Mode8086 = 0x01;
constexpr uint8_t kIcw4AutoEoi = 0x02;
constexpr uint8_t kIcw4Buffered = 0x08;
constexpr uint8_t kIcw4SpecialFullyNested = 0x10;
constexpr uint8_t kOcw3Mark = 0x08;
constexpr uint8_t kPollRequest = 0x80;

uint8_t bit(int line) {
    return static_cast<uint8_t>(1 << line);
}

}  // namespace

void Pic8259Chip::reset() {
    inputs_ = irr_ = isr_ = 0;
    imr_ = 0xff;  // the sheet leaves it open; silent until initialised is what a loader's guest expects
    icw1_ = icw2_ = icw3_ = icw4_ = 0;
    level_triggered_ = 0;
    lowest_ = 7;
    expect_ = Expect::Command;
    rotate_on_aeoi_ = special_mask_ = read_isr_ = poll_ = false;
}

void Pic8259Chip::state(StateVisitor& visitor) {
    visitor.field("inputs", inputs_);
    visitor.field("irr", irr_);
    visitor.field("isr", isr_);
    visitor.field("imr", imr_);
    visitor.field("icw1", icw1_);
    visitor.field("icw2", icw2_);
    visitor.field("icw3", icw3_);
    visitor.field("icw4", icw4_);
    visitor.field("level_triggered", level_triggered_);
    visitor.field("lowest", lowest_);
    visitor.field("expect", expect_);
    visitor.field("rotate_on_aeoi", rotate_on_aeoi_);
    visitor.field("special_mask", special_mask_);
    visitor.field("read_isr", read_isr_);
    visitor.field("poll", poll_);
    lowest_ &= 7;
}

void Pic8259Chip::set_input(uint8_t line, bool level) {
    const uint8_t mask = bit(line);
    const bool rising = level && (inputs_ & mask) == 0;
    inputs_ = static_cast<uint8_t>(level ? inputs_ | mask : inputs_ & ~mask);
    if (rising) irr_ |= mask;
    if (!level)
        irr_ = static_cast<uint8_t>(irr_ & ~mask);  // must stay up until INTA ("Interrupt triggering")
}

void Pic8259Chip::set_level_triggered(uint8_t mask) {
    level_triggered_ = mask;
    irr_ = static_cast<uint8_t>(irr_ | (inputs_ & level_mask()));
}

int Pic8259Chip::highest(uint8_t mask) const {
    for (int i = 1; i <= 8; ++i) {
        const int line = (lowest_ + i) & 7;
        if ((mask & bit(line)) != 0) return line;
    }
    return -1;
}

/// The line that INT stands for; -1: none that may interrupt what is in service.
int Pic8259Chip::winner() const {
    const int request = highest(static_cast<uint8_t>(irr_ & ~imr_));
    if (request < 0) return -1;
    const int serving = highest(static_cast<uint8_t>(special_mask_ ? isr_ & ~imr_ : isr_));
    if (serving < 0 || rank(static_cast<uint8_t>(request)) < rank(static_cast<uint8_t>(serving)))
        return request;
    const bool slave_may_nest =
        role_ == Role::Master && (icw4_ & kIcw4SpecialFullyNested) != 0 && (icw3_ & bit(request)) != 0;
    return request == serving && slave_may_nest ? request : -1;
}

uint8_t Pic8259Chip::acknowledge() {
    const int line = winner();
    if (line < 0) return 7;
    isr_ |= bit(line);
    if ((level_mask() & bit(line)) == 0) irr_ = static_cast<uint8_t>(irr_ & ~bit(line));
    if ((icw4_ & kIcw4AutoEoi) != 0) end_of_interrupt(line, rotate_on_aeoi_);
    return static_cast<uint8_t>(line);
}

void Pic8259Chip::end_of_interrupt(int line, bool rotate) {
    if (line < 0) return;
    isr_ = static_cast<uint8_t>(isr_ & ~bit(line));
    if (rotate) lowest_ = static_cast<uint8_t>(line);
}

uint8_t Pic8259Chip::read(uint8_t a0) {
    if (poll_) {
        poll_ = false;
        if (!requested()) return 0;
        return static_cast<uint8_t>(kPollRequest | acknowledge());
    }
    if (a0 != 0) return imr_;
    return read_isr_ ? isr_ : irr_;
}

void Pic8259Chip::write(uint8_t a0, uint8_t value) {
    if (a0 != 0) return write_a0_set(value);
    if ((value & kIcw1Mark) != 0) return write_icw1(value);
    if ((value & kOcw3Mark) != 0) return write_ocw3(value);
    write_ocw2(value);
}

/// "Initialization command words", points a to f.
void Pic8259Chip::write_icw1(uint8_t value) {
    icw1_ = value;
    icw4_ = (value & kIcw1NeedsIcw4) != 0 ? icw4_ : uint8_t{0};
    irr_ = inputs_ & level_mask();  // edges seen before do not count
    isr_ = 0;
    imr_ = 0;
    lowest_ = 7;
    special_mask_ = rotate_on_aeoi_ = read_isr_ = poll_ = false;
    expect_ = Expect::Icw2;
    if ((value & kIcw1Single) != 0)
        log_(LogLevel::Stub, "ICW1 {:#04x}: a single controller is not wired here", value);
}

void Pic8259Chip::write_a0_set(uint8_t value) {
    const bool needs_icw4 = (icw1_ & kIcw1NeedsIcw4) != 0;
    switch (expect_) {
        case Expect::Icw2:
            icw2_ = value;
            expect_ = (icw1_ & kIcw1Single) == 0 ? Expect::Icw3 : needs_icw4 ? Expect::Icw4 : Expect::Command;
            return;
        case Expect::Icw3:
            icw3_ = value;
            expect_ = needs_icw4 ? Expect::Icw4 : Expect::Command;
            return;
        case Expect::Icw4:
            icw4_ = value;
            expect_ = Expect::Command;
            if ((value & kIcw4Mode8086) == 0)
                log_(LogLevel::Stub, "ICW4 {:#04x}: MCS-80 mode acts as 8086 mode", value);
            if ((value & kIcw4Buffered) != 0) log_(LogLevel::Stub, "ICW4 {:#04x}: buffered mode", value);
            return;
        case Expect::Command:
            break;
    }
    imr_ = value;  // OCW1
}

/// R, SL, EOI in bits 7-5, a level in bits 2-0 (figure 8, "Operation command word format").
void Pic8259Chip::write_ocw2(uint8_t value) {
    // In special mask mode a masked in-service bit is not cleared by a non-specific EOI.
    const int serving = highest(static_cast<uint8_t>(special_mask_ ? isr_ & ~imr_ : isr_));
    const int named = value & 7;
    switch (value >> 5) {
        case 0b000:
            rotate_on_aeoi_ = false;
            break;
        case 0b001:
            end_of_interrupt(serving, false);
            break;
        case 0b011:
            end_of_interrupt(named, false);
            break;
        case 0b100:
            rotate_on_aeoi_ = true;
            break;
        case 0b101:
            end_of_interrupt(serving, true);
            break;
        case 0b110:
            lowest_ = static_cast<uint8_t>(named);
            break;
        case 0b111:
            end_of_interrupt(named, true);
            break;
        default:
            break;  // 010: no operation
    }
}

void Pic8259Chip::write_ocw3(uint8_t value) {
    if ((value & 0x40) != 0) special_mask_ = (value & 0x20) != 0;
    if ((value & 0x04) != 0) {
        poll_ = true;  // "if both the P bit and the RR bit are set, poll has priority"
    } else if ((value & 0x02) != 0) {
        read_isr_ = (value & 0x01) != 0;
    }
}

}  // namespace mmscope
