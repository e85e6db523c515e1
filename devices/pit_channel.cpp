// SPDX-License-Identifier: GPL-2.0-or-later
// The six modes of an 8254 counter as functions of time. References are to data sheet 231164.
#include "devices/pit_channel.h"

#include <algorithm>

#include "devices/state.h"

namespace mmscope {
namespace {

constexpr uint32_t kBinaryModulus = 0x10000;
constexpr uint32_t kBcdModulus = 10000;

/// In mode 3 OUT is high for the first half, which has the odd pulse.
uint32_t high_part(uint32_t period) {
    return (period + 1) / 2;
}

uint16_t to_bcd(uint32_t value) {
    return static_cast<uint16_t>(value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 |
                                 value / 1000 % 10 << 12);
}

}  // namespace

void PitChannel::reset() {
    mode_ = 0;
    access_ = 3;
    bcd_ = loaded_ = held_ = false;
    gate_ = out_before_ = true;
    period_ = pending_ = 0;
    origin_ = pending_at_ = 0;
    held_at_ = 0;
    element_before_ = count_register_ = latched_count_ = 0;
    low_byte_ = latched_status_ = 0;
    write_high_ = read_high_ = count_latched_ = status_latched_ = false;
}

void PitChannel::state(StateVisitor& visitor) {
    visitor.field("mode", mode_);
    visitor.field("access", access_);
    visitor.field("bcd", bcd_);
    visitor.field("gate", gate_);
    visitor.field("loaded", loaded_);
    visitor.field("held", held_);
    visitor.field("period", period_);
    visitor.field("pending", pending_);
    visitor.field("origin", origin_);
    visitor.field("pending_at", pending_at_);
    visitor.field("held_at", held_at_);
    visitor.field("element_before", element_before_);
    visitor.field("out_before", out_before_);
    visitor.field("low_byte", low_byte_);
    visitor.field("write_high", write_high_);
    visitor.field("read_high", read_high_);
    visitor.field("count_register", count_register_);
    visitor.field("latched_count", latched_count_);
    visitor.field("count_latched", count_latched_);
    visitor.field("latched_status", latched_status_);
    visitor.field("status_latched", status_latched_);
    // A file may hold anything; the arithmetic below may not divide by zero.
    period_ = std::min(period_, kBinaryModulus);
    if (loaded_) period_ = std::max(period_, 1u);
    pending_ = std::min(pending_, kBinaryModulus);
}

void PitChannel::write_control(uint8_t control, PitTick now) {
    const uint8_t access = control >> 4 & 3;
    if (access == 0) return read_back(0x10, now);  // counter latch command: the count, not the status
    element_before_ = counting_element(now);
    access_ = access;
    mode_ = control >> 1 & 7;
    if (mode_ > 5) mode_ &= 3;  // bit 2 of modes 2 and 3 is "don't care"
    bcd_ = (control & 1) != 0;
    loaded_ = held_ = false;
    pending_ = 0;
    write_high_ = read_high_ = count_latched_ = status_latched_ = false;
}

void PitChannel::read_back(uint8_t command, PitTick now) {
    settle(now);
    if ((command & 0x20) == 0 && !count_latched_) {
        latched_count_ = counting_element(now);
        count_latched_ = true;
    }
    if ((command & 0x10) == 0 && !status_latched_) {
        latched_status_ = status(now);
        status_latched_ = true;
    }
}

uint8_t PitChannel::status(PitTick now) const {
    const bool level = started(now) ? out_after(elapsed(now)) : loaded_ ? out_before_ : mode_ != 0;
    const bool null_count = !started(now) || pending_ != 0;
    return static_cast<uint8_t>((level ? 0x80 : 0) | (null_count ? 0x40 : 0) | access_ << 4 | mode_ << 1 |
                                (bcd_ ? 1 : 0));
}

uint32_t PitChannel::decode(uint16_t written) const {
    if (!bcd_) return written == 0 ? kBinaryModulus : written;
    const uint32_t value =
        (written & 15) + (written >> 4 & 15) * 10 + (written >> 8 & 15) * 100 + (written >> 12) * 1000;
    return value == 0 ? kBcdModulus : value;
}

void PitChannel::write_count(uint8_t value, PitTick now) {
    settle(now);
    if (access_ == 3 && !write_high_) {
        low_byte_ = value;
        write_high_ = true;
        if (mode_ == 0) {  // "writing the first byte disables counting; OUT is set low immediately"
            element_before_ = counting_element(now);
            loaded_ = false;
        }
        return;
    }
    write_high_ = false;
    if (access_ == 1) count_register_ = value;
    if (access_ == 2) count_register_ = static_cast<uint16_t>(value << 8);
    if (access_ == 3) count_register_ = static_cast<uint16_t>(value << 8 | low_byte_);
    count_written(now);
}

void PitChannel::count_written(PitTick now) {
    const uint32_t count = decode(count_register_);
    if (periodic() && count == 1) log_(LogLevel::Stub, "count 1 is illegal in mode {}", mode_);
    if (needs_trigger()) {
        pending_ = count;
    } else if (!periodic() || !started(now)) {
        load(count, now);
    } else {
        // Modes 2 and 3 finish the cycle (half-cycle) that runs. While GATE is low there is none: its
        // rising edge loads the count.
        pending_ = count;
        const uint64_t done = elapsed(now);
        const auto change = change_after(done);
        pending_at_ = change ? origin_ + *change : now + 1;
        if (mode_ == 2 && change && done % period_ < period_ - 1)
            pending_at_ += 1;  // OUT's pulse ends the cycle
    }
}

/// The count goes to the counting element with the next CLK pulse.
void PitChannel::load(uint32_t count, PitTick now) {
    element_before_ = counting_element(now);
    out_before_ = mode_ == 1 ? out(now) : mode_ != 0;
    period_ = count;
    pending_ = 0;
    loaded_ = true;
    held_ = !gate_ && !needs_trigger();
    held_at_ = 0;
    origin_ = now + 1;
}

void PitChannel::settle(PitTick now) {
    const bool waits = pending_ == 0 || !periodic() || !started(now) || held_;
    if (waits || static_cast<int64_t>(now - pending_at_) < 0) return;
    const bool second_half = mode_ == 3 && (pending_at_ - origin_) % period_ == high_part(period_);
    origin_ = pending_at_ - (second_half && period_ > 1 ? high_part(pending_) : 0);
    period_ = pending_;
    pending_ = 0;
}

void PitChannel::set_gate(bool level, PitTick now) {
    if (level == gate_) return;
    settle(now);
    gate_ = level;
    if (needs_trigger()) {
        const uint32_t count = pending_ != 0 ? pending_ : period_;
        if (level && count != 0) load(count, now);
        return;
    }
    if (!loaded_) return;
    if (!level) {
        held_at_ = started(now) ? elapsed(now) : 0;
        held_ = true;
    } else if (periodic()) {
        load(pending_ != 0 ? pending_ : period_, now);
    } else {
        origin_ = now - held_at_;
        held_ = false;
    }
}

bool PitChannel::out(PitTick now) {
    settle(now);
    if (!loaded_) return mode_ != 0;
    return started(now) ? out_after(elapsed(now)) : out_before_;
}

/// OUT `elapsed` pulses after the count was loaded ("Mode definitions").
bool PitChannel::out_after(uint64_t elapsed) const {
    switch (mode_) {
        case 0:
        case 1:
            return elapsed >= period_;
        case 2:
            return held_ || elapsed % period_ != period_ - 1;
        case 3:
            return held_ || elapsed % period_ < high_part(period_);
        default:
            return elapsed != period_;  // 4 and 5: a strobe of one pulse
    }
}

/// The first pulse after `elapsed` with another OUT.
std::optional<uint64_t> PitChannel::change_after(uint64_t elapsed) const {
    if (!periodic()) {
        if (elapsed < period_) return period_;
        const bool in_strobe = mode_ >= 4 && elapsed == period_;
        return in_strobe ? std::optional<uint64_t>(elapsed + 1) : std::nullopt;
    }
    if (period_ == 1) return std::nullopt;
    const uint64_t phase = elapsed % period_;
    const uint64_t fall = mode_ == 2 ? period_ - 1 : high_part(period_);
    return elapsed + (phase < fall ? fall - phase : period_ - phase);
}

std::optional<PitTick> PitChannel::next_edge(PitTick now) {
    settle(now);
    if (!loaded_ || held_) return std::nullopt;
    if (!started(now)) {
        if (out_after(0) != out_before_) return origin_;
        const auto change = change_after(0);
        return change ? std::optional<PitTick>(origin_ + *change) : std::nullopt;
    }
    if (const auto change = change_after(elapsed(now))) return origin_ + *change;
    return pending_ != 0 && periodic() ? std::optional<PitTick>(pending_at_) : std::nullopt;
}

uint16_t PitChannel::counting_element(PitTick now) const {
    if (!started(now)) return element_before_;
    const uint64_t done = elapsed(now);
    uint64_t value = 0;
    if (mode_ == 2) {
        value = period_ - done % period_;
    } else if (mode_ == 3) {
        const uint64_t phase = done % period_;
        const uint64_t in_half = phase < high_part(period_) ? phase : phase - high_part(period_);
        value = (period_ & ~1u) - 2 * in_half;  // counts by two, from an even number
    } else {
        const uint32_t modulus = bcd_ ? kBcdModulus : kBinaryModulus;
        value = (period_ + modulus - done % modulus) % modulus;  // goes on counting past zero
    }
    return bcd_ ? to_bcd(static_cast<uint32_t>(value)) : static_cast<uint16_t>(value);
}

uint8_t PitChannel::read_count(PitTick now) {
    settle(now);
    if (status_latched_) {
        status_latched_ = false;
        return latched_status_;
    }
    const uint16_t value = count_latched_ ? latched_count_ : counting_element(now);
    const bool high = access_ == 2 || (access_ == 3 && read_high_);
    if (access_ == 3) read_high_ = !read_high_;
    if (access_ != 3 || high) count_latched_ = false;
    return static_cast<uint8_t>(high ? value >> 8 : value);
}

}  // namespace mmscope
