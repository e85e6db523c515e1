// SPDX-License-Identifier: GPL-2.0-or-later
// How long the host takes to audit a machine with many processes.
#pragma once

#include <cstdint>
#include <optional>

namespace mmscope::test {

/// The best of several audits of a quiet machine with fifty user processes; none: it could not be built, or
/// is not clean.
std::optional<double> audit_milliseconds();

}  // namespace mmscope::test
