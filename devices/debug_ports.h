// SPDX-License-Identifier: GPL-2.0-or-later
// Three ports through which a guest talks to the one who runs it: a console, an exit, a checkpoint.
#pragma once

#include <functional>

#include "devices/device.h"

namespace mmscope {

/// 0xE9: a byte written goes to the console; reading yields 0xE9, which tells a guest that it is there.
/// 0xF4 (32 bits): the guest ends the machine with this code. QEMU's isa-debug-exit sits at the same port.
/// 0xF8 (32 bits): the guest reached a point with this id and wants to be looked at.
/// Narrower writes at the first byte of the 32-bit ports are zero-extended. Callbacks may be empty.
class DebugPorts final : public Device {
  public:
    static constexpr uint16_t kConsole = 0xe9;
    static constexpr uint16_t kExit = 0xf4;
    static constexpr uint16_t kCheckpoint = 0xf8;

    DebugPorts(ByteSink console, std::function<void(uint32_t code)> exit,
               std::function<void(uint32_t id)> checkpoint);

    [[nodiscard]] std::string_view name() const override { return "debug"; }
    void reset() override;
    void attach(Bus& bus) override;
    void state(StateVisitor& visitor) override;
    [[nodiscard]] std::string describe() const override;
    uint32_t read_port(uint16_t port, Width width) override;
    void write_port(uint16_t port, Width width, uint32_t value) override;

  private:
    ByteSink console_;
    std::function<void(uint32_t)> exit_;
    std::function<void(uint32_t)> checkpoint_;
    uint32_t last_checkpoint_ = 0;
};

}  // namespace mmscope
