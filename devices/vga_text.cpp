// SPDX-License-Identifier: GPL-2.0-or-later
// The VGA's registers as far as a text screen needs them, and the snapshot that a window draws.
#include "devices/vga_text.h"

#include <algorithm>

#include "devices/bus.h"
#include "devices/state.h"

namespace mmscope {
namespace {

enum Port : uint16_t {
    kAttributeWrite = 0x3c0,
    kAttributeRead = 0x3c1,
    kMiscWrite = 0x3c2,
    kSequencerIndex = 0x3c4,
    kSequencerData = 0x3c5,
    kDacMask = 0x3c6,
    kDacReadIndex = 0x3c7,
    kDacWriteIndex = 0x3c8,
    kDacData = 0x3c9,
    kMiscRead = 0x3cc,
    kGraphicsIndex = 0x3ce,
    kGraphicsData = 0x3cf,
    kCrtcIndex = 0x3d4,
    kCrtcData = 0x3d5,
    kInputStatus = 0x3da,
};

enum Crtc : uint8_t {
    kCursorStart = 0x0a,
    kCursorEnd = 0x0b,
    kStartAddress = 0x0c,  // high byte; the low one follows, as for the cursor
    kCursorAddress = 0x0e,
    kVerticalRetraceEnd = 0x11,
    kOffset = 0x13,
};

constexpr uint8_t kCursorOff = 0x20;
constexpr uint8_t kScanLineMask = 0x1f;
constexpr uint8_t kCellLines = 16;
constexpr uint8_t kProtectTimings = 0x80;  // of the vertical retrace end register: CRTC 0-7 are read-only
constexpr uint8_t kAttributeMode = 0x10;
constexpr uint8_t kAttributeGraphics = 0x01;
constexpr uint8_t kAttributeBlink = 0x08;
constexpr uint8_t kAttributeIndexMask = 0x1f;
constexpr uint8_t kGraphicsMisc = 0x06;
constexpr uint8_t kGraphicsMode = 0x01;

// Register values of BIOS mode 3 at 720x400, 70 Hz.
constexpr std::array<uint8_t, 0x19> kMode3Crtc = {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00,
                                                  0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e,
                                                  0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff};
constexpr std::array<uint8_t, 0x15> kMode3Attribute = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14,
                                                       0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d,
                                                       0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00};
constexpr std::array<uint8_t, 0x05> kMode3Sequencer = {0x03, 0x00, 0x03, 0x00, 0x02};
constexpr std::array<uint8_t, 0x09> kMode3Graphics = {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff};
constexpr uint8_t kMode3Misc = 0x67;

// Timing of that mode: 28.322 MHz, 900 dots a line, 449 lines a frame.
constexpr uint64_t kLineNs = 31'778;
constexpr uint64_t kLineVisibleNs = 25'422;
constexpr uint64_t kFrameLines = 449;
constexpr uint64_t kVisibleLines = 400;
constexpr uint64_t kRetraceLine = 412;  // two lines from here
constexpr uint8_t kStatusDisplayOff = 0x01;
constexpr uint8_t kStatusRetrace = 0x08;

constexpr uint32_t kCells = VgaText::kMemorySize / 2;

template <size_t N>
uint8_t register_at(const std::array<uint8_t, N>& registers, uint8_t index) {
    return index < N ? registers[index] : uint8_t{0};
}

/// The default colour of an EGA index rgbRGB: capitals weigh two thirds, small letters one.
uint8_t ega_component(unsigned index, unsigned colour) {
    const unsigned strong = index >> colour & 1;
    const unsigned weak = index >> (colour + 3) & 1;
    return static_cast<uint8_t>(42 * strong + 21 * weak);
}

}  // namespace

VgaText::VgaText(const Scheduler& scheduler) : scheduler_(scheduler), log_("vga") {}

void VgaText::reset() {
    for (uint32_t i = 0; i < kMemorySize; i += 2) {
        memory_[i] = ' ';
        memory_[i + 1] = 0x07;
    }
    crtc_ = kMode3Crtc;
    attribute_ = kMode3Attribute;
    sequencer_ = kMode3Sequencer;
    graphics_ = kMode3Graphics;
    dac_ = {};
    for (unsigned i = 0; i < 64; ++i) {
        for (unsigned part = 0; part < 3; ++part)
            dac_[3 * i + part] = ega_component(i, 2 - part);
    }
    crtc_index_ = attribute_index_ = sequencer_index_ = graphics_index_ = 0;
    misc_output_ = kMode3Misc;
    dac_mask_ = 0xff;
    dac_write_ = dac_read_ = 0;
    attribute_takes_data_ = false;
    ++generation_;
}

void VgaText::attach(Bus& bus) {
    bus.claim_ports(*this, {kAttributeWrite, 16}, PortSize::Bytes);
    bus.claim_ports(*this, {kCrtcIndex, 2}, PortSize::Bytes);
    bus.claim_ports(*this, {kInputStatus, 1}, PortSize::Bytes);
    bus.claim_memory(*this, {PhysAddr(kMemoryBase), kMemorySize});
}

void VgaText::state(StateVisitor& visitor) {
    visitor.field("memory", memory_);
    visitor.field("crtc", crtc_);
    visitor.field("attribute", attribute_);
    visitor.field("sequencer", sequencer_);
    visitor.field("graphics", graphics_);
    visitor.field("dac", dac_);
    visitor.field("crtc_index", crtc_index_);
    visitor.field("attribute_index", attribute_index_);
    visitor.field("sequencer_index", sequencer_index_);
    visitor.field("graphics_index", graphics_index_);
    visitor.field("misc_output", misc_output_);
    visitor.field("dac_mask", dac_mask_);
    visitor.field("dac_write", dac_write_);
    visitor.field("dac_read", dac_read_);
    visitor.field("attribute_takes_data", attribute_takes_data_);
    dac_write_ = static_cast<uint16_t>(dac_write_ % dac_.size());
    dac_read_ = static_cast<uint16_t>(dac_read_ % dac_.size());
    ++generation_;  // not a field: it tells this process's viewers that the picture may be another one
}

std::string VgaText::describe() const {
    const TextCursor at = cursor();
    return fmt::format("80x25 from {:#06x}, cursor {}", crtc_pair(kStartAddress),
                       at.visible ? fmt::format("in column {}, row {}", at.column, at.row) : "hidden");
}

uint32_t VgaText::read_port(uint16_t port, Width) {
    return read_byte(port);
}

void VgaText::write_port(uint16_t port, Width, uint32_t value) {
    write_byte(port, static_cast<uint8_t>(value));
}

uint8_t VgaText::read_byte(uint16_t port) {
    switch (port) {
        case kAttributeWrite:
            return attribute_index_;
        case kAttributeRead:
            return register_at(attribute_, attribute_index_ & kAttributeIndexMask);
        case kMiscRead:
            return misc_output_;
        case kSequencerIndex:
            return sequencer_index_;
        case kSequencerData:
            return register_at(sequencer_, sequencer_index_);
        case kDacMask:
            return dac_mask_;
        case kDacWriteIndex:
            return static_cast<uint8_t>(dac_write_ / 3);
        case kDacData:
            return read_dac_data();
        case kGraphicsIndex:
            return graphics_index_;
        case kGraphicsData:
            return register_at(graphics_, graphics_index_);
        case kCrtcIndex:
            return crtc_index_;
        case kCrtcData:
            return register_at(crtc_, crtc_index_);
        case kInputStatus:
            return input_status();
        default:
            log_(LogLevel::Stub, "read of port {:#x}", port);
            return 0;
    }
}

void VgaText::write_byte(uint16_t port, uint8_t value) {
    switch (port) {
        case kAttributeWrite:
            return write_attribute(value);
        case kMiscWrite:
            misc_output_ = value;
            return;
        case kSequencerIndex:
            sequencer_index_ = value;
            return;
        case kSequencerData:
            if (sequencer_index_ < sequencer_.size()) sequencer_[sequencer_index_] = value;
            return;
        case kDacMask:
            dac_mask_ = value;
            ++generation_;
            return;
        case kDacReadIndex:
            dac_read_ = static_cast<uint16_t>(3 * value);
            return;
        case kDacWriteIndex:
            dac_write_ = static_cast<uint16_t>(3 * value);
            return;
        case kDacData:
            return write_dac_data(value);
        case kGraphicsIndex:
            graphics_index_ = value;
            return;
        case kGraphicsData:
            return write_graphics(value);
        case kCrtcIndex:
            crtc_index_ = value;
            return;
        case kCrtcData:
            return write_crtc(value);
        default:
            log_(LogLevel::Stub, "write {:#04x} to port {:#x}", value, port);
    }
}

/// Port 0x3C0 takes an index and a value in turn; reading the input status makes the next one an index.
void VgaText::write_attribute(uint8_t value) {
    const bool is_data = attribute_takes_data_;
    attribute_takes_data_ = !attribute_takes_data_;
    if (!is_data) {
        attribute_index_ = value & 0x3f;
        return;
    }
    const uint8_t index = attribute_index_ & kAttributeIndexMask;
    if (index >= attribute_.size()) return;
    if (index == kAttributeMode && (value & kAttributeGraphics) != 0)
        log_(LogLevel::Stub, "graphics attributes");
    attribute_[index] = value;
    ++generation_;
}

void VgaText::write_graphics(uint8_t value) {
    if (graphics_index_ >= graphics_.size()) return;
    graphics_[graphics_index_] = value;
    if (graphics_index_ == kGraphicsMisc && (value & kGraphicsMode) != 0) {
        log_(LogLevel::Stub, "graphics mode: the text screen stays");
    }
}

void VgaText::write_crtc(uint8_t value) {
    if (crtc_index_ >= crtc_.size()) return;
    if (crtc_index_ < 8 && (crtc_[kVerticalRetraceEnd] & kProtectTimings) != 0) return;
    crtc_[crtc_index_] = value;
    ++generation_;
}

void VgaText::write_dac_data(uint8_t value) {
    dac_[dac_write_] = value & 0x3f;
    dac_write_ = static_cast<uint16_t>((dac_write_ + 1) % dac_.size());
    ++generation_;
}

uint8_t VgaText::read_dac_data() {
    const uint8_t value = dac_[dac_read_];
    dac_read_ = static_cast<uint16_t>((dac_read_ + 1) % dac_.size());
    return value;
}

/// Where the beam of a 70 Hz screen would be at this virtual time.
uint8_t VgaText::input_status() {
    attribute_takes_data_ = false;
    const uint64_t in_frame = scheduler_.now().ns % (kFrameLines * kLineNs);
    const uint64_t line = in_frame / kLineNs;
    const bool dark = line >= kVisibleLines || in_frame % kLineNs >= kLineVisibleNs;
    const bool retrace = line == kRetraceLine || line == kRetraceLine + 1;
    return static_cast<uint8_t>((dark ? kStatusDisplayOff : 0) | (retrace ? kStatusRetrace : 0));
}

uint32_t VgaText::read_memory(PhysAddr address, Width width) {
    const uint32_t offset = address.value - kMemoryBase;
    uint32_t value = 0;
    for (uint32_t i = 0; i < bytes(width); ++i)
        value |= uint32_t{memory_[(offset + i) % kMemorySize]} << (8 * i);
    return value;
}

void VgaText::write_memory(PhysAddr address, Width width, uint32_t value) {
    const uint32_t offset = address.value - kMemoryBase;
    for (uint32_t i = 0; i < bytes(width); ++i) {
        uint8_t& cell = memory_[(offset + i) % kMemorySize];
        const auto byte = static_cast<uint8_t>(value >> (8 * i));
        if (cell != byte) ++generation_;
        cell = byte;
    }
}

uint16_t VgaText::crtc_pair(uint8_t high) const {
    return static_cast<uint16_t>(crtc_[high] << 8 | crtc_[high + 1]);
}

Rgb VgaText::colour(uint8_t index) const {
    const unsigned entry = attribute_[index] & 0x3f & dac_mask_;
    Rgb rgb = 0;
    for (unsigned part = 0; part < 3; ++part) {
        const unsigned six_bits = dac_[3 * entry + part] & 0x3fu;
        rgb = rgb << 8 | (six_bits << 2 | six_bits >> 4);
    }
    return rgb;
}

TextCursor VgaText::cursor() const {
    TextCursor at;
    const uint16_t place = static_cast<uint16_t>(crtc_pair(kCursorAddress) - crtc_pair(kStartAddress));
    const uint8_t first = crtc_[kCursorStart] & kScanLineMask;
    const uint8_t last = std::min<uint8_t>(crtc_[kCursorEnd] & kScanLineMask, kCellLines - 1);
    const bool on = (crtc_[kCursorStart] & kCursorOff) == 0 && first <= last;
    if (!on || place >= TextScreen::kColumns * TextScreen::kRows) return at;
    at.visible = true;
    at.column = static_cast<uint8_t>(place % TextScreen::kColumns);
    at.row = static_cast<uint8_t>(place / TextScreen::kColumns);
    at.first_line = first;
    at.last_line = last;
    return at;
}

TextScreen VgaText::screen() const {
    TextScreen screen;
    const uint32_t pitch = crtc_[kOffset] * 2u;  // cells from row to row
    for (unsigned row = 0; row < TextScreen::kRows; ++row) {
        for (unsigned column = 0; column < TextScreen::kColumns; ++column) {
            const uint32_t cell = (crtc_pair(kStartAddress) + row * pitch + column) % kCells;
            screen.at(column, row) = {memory_[2 * cell], memory_[2 * cell + 1]};
        }
    }
    screen.cursor = cursor();
    screen.bit7_blinks = (attribute_[kAttributeMode] & kAttributeBlink) != 0;
    for (uint8_t i = 0; i < screen.palette.size(); ++i)
        screen.palette[i] = colour(i);
    screen.generation = generation_;
    return screen;
}

}  // namespace mmscope
