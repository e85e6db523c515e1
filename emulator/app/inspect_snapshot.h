// SPDX-License-Identifier: GPL-2.0-or-later
// `emu inspect FILE COMMAND...`: the inspection commands on a machine that was saved.
#pragma once

#include <functional>
#include <string>

#include "inspect/commands.h"

namespace mmscope {

/// `arguments` are those behind "inspect". Answers go to standard output, what is wrong to standard error.
/// The exit status of emu: 0, or 2 for a file or command that is refused.
int inspect_snapshot(int count, const char* const* arguments);

/// Lets `look` answer about the moment that `file` holds. `kernel_file`: its kernel; empty: where the
/// snapshot says. Error: a file is refused, or what `look` yields.
Result<std::string> look_at_snapshot(const std::string& file, const std::string& kernel_file,
                                     const std::function<Result<std::string>(const Inspection&)>& look);

}  // namespace mmscope
