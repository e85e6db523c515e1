// SPDX-License-Identifier: GPL-2.0-or-later
// `emu trace summary|cat|plot FILE`: traces that were written, read back.
#pragma once

namespace mmscope {

/// `arguments` are those behind "trace". Answers go to standard output; what is wrong, and on a terminal the
/// progress in a long file, to standard error. The exit status of emu: 0, or 2 for what is refused.
int trace_command(int count, const char* const* arguments);

}  // namespace mmscope
