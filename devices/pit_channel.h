// SPDX-License-Identifier: GPL-2.0-or-later
// One counter of an 8254. Source: Intel data sheet 231164, "8254 programmable interval timer".
#pragma once

#include <cstdint>
#include <optional>

#include "base/log.h"

namespace mmscope {

class StateVisitor;

/// CLK pulses since power-on, modulo 2^64. All counting is in these: nothing is rounded, nothing drifts.
using PitTick = uint64_t;

/// A counter as a function of the tick it is asked at: nothing happens in it between two calls.
/// Ticks that are passed must never go back. All six modes count; a count of 1 in mode 2 or 3 is illegal
/// (data sheet, "Mode definitions") and leaves OUT constant.
class PitChannel {
  public:
    explicit PitChannel(const LogChannel& log) : log_(log) {}

    void reset();
    void state(StateVisitor& visitor);

    /// A control word for this counter (bits 5-0: access, mode, BCD; access 0 is the latch command).
    void write_control(uint8_t control, PitTick now);
    /// Read-back command, bits 5 (0: latch the count) and 4 (0: latch the status).
    void read_back(uint8_t command, PitTick now);
    void write_count(uint8_t value, PitTick now);
    uint8_t read_count(PitTick now);
    void set_gate(bool level, PitTick now);

    [[nodiscard]] bool gate() const { return gate_; }
    [[nodiscard]] bool out(PitTick now);
    /// The first tick after `now` at which OUT changes; none if it stays as it is.
    [[nodiscard]] std::optional<PitTick> next_edge(PitTick now);
    /// The count of one period in effect, 1..65536; 0 before the first one.
    [[nodiscard]] uint32_t period() const { return period_; }
    [[nodiscard]] uint8_t mode() const { return mode_; }

  private:
    /// Loads a count that was written while another one ran, if its time has come (modes 2 and 3).
    void settle(PitTick now);
    void count_written(PitTick now);
    void load(uint32_t count, PitTick now);
    [[nodiscard]] bool started(PitTick now) const {
        return loaded_ && (held_ || static_cast<int64_t>(now - origin_) >= 0);
    }
    [[nodiscard]] uint64_t elapsed(PitTick now) const { return held_ ? held_at_ : now - origin_; }
    [[nodiscard]] bool out_after(uint64_t elapsed) const;
    [[nodiscard]] std::optional<uint64_t> change_after(uint64_t elapsed) const;
    [[nodiscard]] uint16_t counting_element(PitTick now) const;
    [[nodiscard]] uint8_t status(PitTick now) const;
    [[nodiscard]] uint32_t decode(uint16_t written) const;
    [[nodiscard]] bool periodic() const { return mode_ == 2 || mode_ == 3; }
    [[nodiscard]] bool needs_trigger() const { return mode_ == 1 || mode_ == 5; }

    const LogChannel& log_;
    uint8_t mode_ = 0;
    uint8_t access_ = 3;  // 1: low byte, 2: high byte, 3: low then high
    bool bcd_ = false;
    bool gate_ = true;
    bool loaded_ = false;   // the counting element has (or gets at origin_) its first count
    bool held_ = false;     // GATE stops the counting at held_at_
    uint32_t period_ = 0;   // 1..65536 (10000 in BCD)
    uint32_t pending_ = 0;  // the next period, 0: none
    PitTick origin_ = 0;    // when period_ was or will be in the counting element
    PitTick pending_at_ = 0;
    uint64_t held_at_ = 0;
    uint16_t element_before_ = 0;  // what the counting element held before origin_
    bool out_before_ = true;       // and OUT
    uint8_t low_byte_ = 0;
    bool write_high_ = false;
    bool read_high_ = false;
    uint16_t count_register_ = 0;
    uint16_t latched_count_ = 0;
    bool count_latched_ = false;
    uint8_t latched_status_ = 0;
    bool status_latched_ = false;
};

}  // namespace mmscope
