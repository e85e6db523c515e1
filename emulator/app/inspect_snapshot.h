// SPDX-License-Identifier: GPL-2.0-or-later
// `emu inspect FILE COMMAND...`: the inspection commands on a machine that was saved.
#pragma once

namespace mmscope {

/// `arguments` are those behind "inspect". Answers go to standard output, what is wrong to standard error.
/// The exit status of emu: 0, or 2 for a file or command that is refused.
int inspect_snapshot(int count, const char* const* arguments);

}  // namespace mmscope
