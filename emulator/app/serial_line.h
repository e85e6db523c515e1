// SPDX-License-Identifier: GPL-2.0-or-later
// What the guest's serial port is connected to, and what the guest is told of it.
#pragma once

#include <string>

#include "app/config.h"
#include "app/options.h"

namespace mmscope {

/// For Console::open(). The monitor reads standard input where it has no file, and then the port does not.
std::string serial_port(const Config& config, const Options& options);

/// boot.cmdline, with "interactive" if a person types into the serial port.
std::string command_line(const Config& config, const Options& options);

}  // namespace mmscope
