// SPDX-License-Identifier: GPL-2.0-or-later
// A bus and a scheduler without a machine around them, for the tests of single devices.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "devices/bus.h"
#include "devices/device.h"
#include "devices/scheduler.h"
#include "devices/state.h"

namespace mmscope {

inline constexpr uint64_t kSecond = 1'000'000'000;  // of virtual time, in nanoseconds

/// Remembers every change of an interrupt line: "+" for up, "-" for down.
class LineRecorder {
  public:
    [[nodiscard]] IrqLine line() {
        return [this](bool level) {
            level_ = level;
            history_ += level ? '+' : '-';
        };
    }
    [[nodiscard]] bool level() const { return level_; }
    [[nodiscard]] const std::string& history() const { return history_; }
    void forget() { history_.clear(); }

  private:
    bool level_ = false;
    std::string history_;
};

class DeviceBench {
  public:
    Scheduler scheduler;
    Bus bus;

    /// As the machine does at power-on: claims, a check of the map, reset.
    void plug_in(Device& device) {
        device.attach(bus);
        const auto map = bus.validate_map();
        ASSERT_TRUE(map) << map.error().message;
        device.reset();
    }
    uint8_t in(uint16_t port) { return static_cast<uint8_t>(bus.read_port(port, Width::Byte)); }
    void out(uint16_t port, unsigned value) { bus.write_port(port, Width::Byte, value); }
    void pass(uint64_t nanoseconds) { scheduler.advance_to(scheduler.now() + nanoseconds); }

    /// Time first, so that events armed by the device keep their place.
    [[nodiscard]] std::vector<uint8_t> save(Device& device) {
        StateSaver saver;
        scheduler.state(saver);
        device.state(saver);
        return saver.bytes();
    }
    void load(Device& device, const std::vector<uint8_t>& bytes) {
        StateLoader loader(bytes);
        scheduler.state(loader);
        device.state(loader);
        EXPECT_FALSE(loader.failed());
        EXPECT_TRUE(loader.at_end());
    }
};

inline uint64_t layout_hash(Device& device) {
    StateSaver saver;
    device.state(saver);
    return saver.layout_hash();
}

/// Feeds a device input that no saver wrote. It may end in any state, but must survive and work.
inline void load_noise(Device& device, uint32_t seed) {
    std::vector<uint8_t> bytes(40'000);
    for (uint8_t& byte : bytes) {
        seed = seed * 1664525u + 1013904223u;
        byte = static_cast<uint8_t>(seed >> 24);
    }
    StateLoader loader(bytes);
    device.state(loader);
}

inline void PrintTo(VirtualTime time, std::ostream* out) {
    *out << time.ns << " ns";
}

}  // namespace mmscope
