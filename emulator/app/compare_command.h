// SPDX-License-Identifier: GPL-2.0-or-later
// `emu compare A.toml B.toml`: two machines, as a rule with kernels of two editions, do their work one after
// the other; what they did differently stands side by side.
#pragma once

#include <string>

#include "app/edition_run.h"

namespace mmscope {

/// The figures that differ, and the names of those that do not; for a person. Ends in '\n'.
std::string comparison_text(const EditionRun& a, const EditionRun& b);
/// All figures of both, in one line, schema "mmscope.compare" version 1.
std::string comparison_json(const EditionRun& a, const EditionRun& b);

/// `arguments` are those behind "compare". The answer goes to standard output; what is wrong, to standard
/// error. The exit status of emu: 0, 2 for what is refused, else that of the first run that did not end well.
int compare_command(int count, const char* const* arguments);

}  // namespace mmscope
