// SPDX-License-Identifier: GPL-2.0-or-later
// Lines that a person types at a prompt, with editing, history and completion. The only file that knows
// GNU Readline.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mmscope {

/// One at a time: the library keeps its state in globals. The terminal is in its own mode only while a line
/// is read; then Ctrl-C drops the line, and a signal that ends the program gives the terminal back first.
class LineReader {
  public:
    /// The words that may stand behind `line`, of which `prefix` is there already.
    using Completer = std::function<std::vector<std::string>(std::string_view line, std::string_view prefix)>;

    /// Called about ten times a second while nobody types; may be empty.
    using Idle = std::function<void()>;

    LineReader(Completer completer, Idle idle);
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// The next line without its end, empty if it was dropped; none at the end of input. The prompt goes to
    /// standard error.
    std::optional<std::string> read(const std::string& prompt);
};

}  // namespace mmscope
