// SPDX-License-Identifier: GPL-2.0-or-later
// The host's divide error, raised by Unicorn's helpers for a quotient that fits no register.
#pragma once

#include "base/error.h"

namespace mmscope {

/// Unicorn computes the guest's IDIV with the host's, which traps on the most negative dividend and -1
/// (SDM vol. 2, IDIV). From now on such a trap inside Unicorn's code yields the most negative quotient;
/// Unicorn's own range check then raises #DE in the guest. SIGFPE from elsewhere ends the program as ever.
/// For the whole process; calling it again changes nothing. Error: the handler cannot be installed.
Result<void> survive_host_divide_errors();

}  // namespace mmscope
