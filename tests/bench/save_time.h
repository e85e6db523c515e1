// SPDX-License-Identifier: GPL-2.0-or-later
// How long a snapshot of a large machine takes.
#pragma once

#include <optional>

namespace mmscope::test {

/// Saves a machine with 256 MiB of RAM, every page of it in use, three times, synced to the disk. The best
/// time; none, with a message, if it could not be written.
std::optional<double> save_milliseconds();

}  // namespace mmscope::test
