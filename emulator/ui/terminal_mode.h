// SPDX-License-Identifier: GPL-2.0-or-later
// A terminal that hands over each key at once and echoes none, and is given back as it was, whatever happens.
#pragma once

namespace mmscope {

/// While it lives, the terminal `fd` is in this mode: no line editing, no echo, Enter is CR (the guest's own
/// terminal driver does these), Ctrl-C and Ctrl-Z still raise signals. Given back by the destructor, at
/// exit(), before a signal that would kill the process does so, and while the process is suspended; taken
/// again when it continues in the foreground. Handlers that the program has installed stay.
/// At most one lives at a time.
class TerminalMode {
  public:
    explicit TerminalMode(int fd);
    ~TerminalMode();
    TerminalMode(const TerminalMode&) = delete;
    TerminalMode& operator=(const TerminalMode&) = delete;
};

/// This process may read from and set up the terminal `fd` without being stopped for it.
[[nodiscard]] bool in_foreground(int fd);

}  // namespace mmscope
