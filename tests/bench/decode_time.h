// SPDX-License-Identifier: GPL-2.0-or-later
// How long the decoder takes for one large address space of the running guest.
#pragma once

#include <cstdint>
#include <optional>

namespace mmscope::test {

/// Boots the guest's bench program, and at its checkpoint decodes its mm of at least `vmas` areas several
/// times. The best time; none, with a message, if the guest did not get there.
std::optional<double> decode_milliseconds(uint32_t vmas);

}  // namespace mmscope::test
