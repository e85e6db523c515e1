// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the text of a machine's window back from a screenshot, glyph by glyph.
#pragma once

#include <string>

#include "tests/ui/x_server.h"

namespace mmscope::test {

/// 25 lines, trailing blanks removed; '?' where the pixels are no glyph of the font. Light pixels on a black
/// ground count as ink; the window must have its natural size.
std::string read_screen(const Picture& picture);

}  // namespace mmscope::test
