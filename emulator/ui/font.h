// SPDX-License-Identifier: GPL-2.0-or-later
// The screen's font: 256 glyphs of code page 437, 8 pixels wide and 16 high.
#pragma once

#include <array>
#include <cstdint>

namespace mmscope {

inline constexpr unsigned kGlyphWidth = 8;
inline constexpr unsigned kGlyphHeight = 16;

/// Rows from top to bottom; bit 7 is the left pixel.
using Glyph = std::array<uint8_t, kGlyphHeight>;

/// By code page 437. Made at build time by font_generator.cpp from GNU Unifont.
extern const std::array<Glyph, 256> kFontGlyphs;

}  // namespace mmscope
