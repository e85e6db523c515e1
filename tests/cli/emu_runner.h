// SPDX-License-Identifier: GPL-2.0-or-later
// Builds emu's command line for a tiny guest and runs it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child_process.h"

namespace mmscope::test {

/// Arguments that boot `guest` (the name of a tiny guest, or a path) headless and without initramfs, from a
/// configuration written into `folder`; `more` follows.
std::vector<std::string> emu_with(const TemporaryFolder& folder, std::string_view guest,
                                  const std::vector<std::string>& more = {});

/// Runs emu_with() to its end.
ChildResult run_emu(std::string_view guest, const std::vector<std::string>& more = {},
                    const ChildOptions& options = {});

/// A line of text anywhere in `text` that holds `part`; empty if there is none.
std::string line_with(std::string_view text, std::string_view part);

}  // namespace mmscope::test
