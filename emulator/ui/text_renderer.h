// SPDX-License-Identifier: GPL-2.0-or-later
// Draws a text screen into pixels. Knows no window and no clock.
#pragma once

#include <cstdint>
#include <span>

#include "devices/text_screen.h"
#include "ui/font.h"

namespace mmscope {

inline constexpr unsigned kScreenWidth = TextScreen::kColumns * kGlyphWidth;
inline constexpr unsigned kScreenHeight = TextScreen::kRows * kGlyphHeight;

/// What is lit at this moment.
struct BlinkPhase {
    bool cursor_on = true;
    bool text_on = true;  // characters whose attribute blinks

    friend bool operator==(const BlinkPhase&, const BlinkPhase&) = default;
};

/// The phase `milliseconds` after some start: the cursor changes every 16 frames of 70 Hz, text every 32.
BlinkPhase blink_phase_at(uint64_t milliseconds);

/// `pixels` is kScreenWidth x kScreenHeight, row by row, 0x00RRGGBB.
void draw_text_screen(const TextScreen& screen, BlinkPhase phase, std::span<uint32_t> pixels);

}  // namespace mmscope
