// SPDX-License-Identifier: GPL-2.0-or-later
// Standard input has one reader.
#include "app/serial_line.h"

#include <unistd.h>

namespace mmscope {
namespace {

/// The monitor reads standard input, so the serial port does not.
bool monitor_has_input(const Options& options) {
    return options.monitor && options.monitor_file.empty();
}

/// True if a person types into the guest's serial port.
bool person_at_serial_port(const Config& config, const Options& options) {
    return config.serial.kind == SerialKind::Stdio && isatty(STDIN_FILENO) != 0 &&
           !monitor_has_input(options);
}

}  // namespace

std::string command_line(const Config& config, const Options& options) {
    const std::string& line = config.boot.cmdline;
    if (!person_at_serial_port(config, options)) return line;
    return line.empty() ? "interactive" : line + " interactive";
}

std::string serial_port(const Config& config, const Options& options) {
    switch (config.serial.kind) {
        case SerialKind::Stdio:
            return monitor_has_input(options) ? "stdout" : "stdio";
        case SerialKind::Pty:
            return "pty";
        case SerialKind::File:
            break;
    }
    return "file:" + config.serial.file.string();
}

}  // namespace mmscope
