// SPDX-License-Identifier: GPL-2.0-or-later
// How long a snapshot of a large machine takes.
#pragma once

#include <optional>
#include <string_view>

namespace mmscope::test {

/// A checkpoint in memory of such a machine, of which a hundredth was written since the one before. The best
/// of five.
std::optional<double> checkpoint_milliseconds();

/// Saves a machine with 256 MiB of RAM, every page of it in use, three times under `name`, synced to the
/// disk. The best time; none, with a message, if it could not be written.
std::optional<double> save_milliseconds(std::string_view name);

}  // namespace mmscope::test
