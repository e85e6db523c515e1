// SPDX-License-Identifier: GPL-2.0-or-later
// A VGA in 80x25 text mode (BIOS mode 3): text memory, CRTC, attribute controller, palette.
// Source: IBM PS/2 Hardware Interface Technical Reference (1991), "Video Subsystem".
#pragma once

#include <array>

#include "base/log.h"
#include "devices/device.h"
#include "devices/scheduler.h"
#include "devices/text_screen.h"

namespace mmscope {

/// Ports 0x3C0-0x3CF, 0x3D4, 0x3D5, 0x3DA; memory 0xB8000-0xBFFFF. Registers that would leave text mode are
/// stored, read back and logged ("stub"), and do not change the picture.
class VgaText final : public Device {
  public:
    static constexpr uint32_t kMemoryBase = 0xb8000;
    static constexpr uint32_t kMemorySize = 0x8000;

    explicit VgaText(const Scheduler& scheduler);

    [[nodiscard]] std::string_view name() const override { return "vga"; }
    void reset() override;
    void attach(Bus& bus) override;
    void state(StateVisitor& visitor) override;
    [[nodiscard]] std::string describe() const override;
    uint32_t read_port(uint16_t port, Width width) override;
    void write_port(uint16_t port, Width width, uint32_t value) override;
    uint32_t read_memory(PhysAddr address, Width width) override;
    void write_memory(PhysAddr address, Width width, uint32_t value) override;

    [[nodiscard]] TextScreen screen() const;
    /// Changes whenever screen() may have changed; never goes back.
    [[nodiscard]] uint64_t generation() const { return generation_; }

  private:
    [[nodiscard]] uint8_t read_byte(uint16_t port);
    void write_byte(uint16_t port, uint8_t value);
    void write_attribute(uint8_t value);
    void write_graphics(uint8_t value);
    void write_crtc(uint8_t value);
    void write_dac_data(uint8_t value);
    [[nodiscard]] uint8_t read_dac_data();
    [[nodiscard]] uint8_t input_status();
    [[nodiscard]] TextCursor cursor() const;
    [[nodiscard]] uint16_t crtc_pair(uint8_t high) const;
    [[nodiscard]] Rgb colour(uint8_t index) const;

    const Scheduler& scheduler_;
    LogChannel log_;
    std::array<uint8_t, kMemorySize> memory_{};
    std::array<uint8_t, 0x19> crtc_{};
    std::array<uint8_t, 0x15> attribute_{};
    std::array<uint8_t, 0x05> sequencer_{};
    std::array<uint8_t, 0x09> graphics_{};
    std::array<uint8_t, 768> dac_{};  // 256 colours, 6 bits each of red, green, blue
    uint8_t crtc_index_ = 0;
    uint8_t attribute_index_ = 0;
    uint8_t sequencer_index_ = 0;
    uint8_t graphics_index_ = 0;
    uint8_t misc_output_ = 0;
    uint8_t dac_mask_ = 0xff;
    uint16_t dac_write_ = 0;  // next byte of dac_
    uint16_t dac_read_ = 0;
    bool attribute_takes_data_ = false;  // the flip-flop of port 0x3C0
    uint64_t generation_ = 0;
};

}  // namespace mmscope
