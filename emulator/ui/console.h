// SPDX-License-Identifier: GPL-2.0-or-later
// The host's end of the serial line: the terminal (or pipes) emu was started on, a file, or a
// pseudo-terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "ui/terminal_mode.h"

namespace mmscope {

/// Bytes out are kept and written whole, in order; bytes in are read without ever waiting.
class Console {
  public:
    /// `port` is "stdio", "stdout" (no input: somebody else reads it), "file:PATH" (output only; the file is
    /// created or emptied) or "pty" (see description()). For stdio on a terminal, TerminalMode is in force
    /// while the console lives. Ignores SIGPIPE for the process: a reader that went away is an error() here.
    /// Error: what cannot be opened, and why.
    static Result<std::unique_ptr<Console>> open(std::string_view port);
    /// Writes what is left and gives the terminal back.
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    /// Output; written to the host at the end of a line, when much has gathered, or by flush().
    void write(uint8_t byte);
    /// Writes what has gathered. A signal makes it return early with the rest kept.
    void flush();
    /// The first thing that went wrong with output, e.g. a closed pipe or a full disk. What the guest sends
    /// from then on is discarded.
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

    /// The next byte of input, none if there is none now.
    std::optional<uint8_t> read();
    /// There will be no more input: end of file, or a port that has none.
    [[nodiscard]] bool input_ended() const { return input_ended_; }
    /// Sleeps until there is input, but not longer than this. True if there is.
    bool wait_for_input(std::chrono::nanoseconds limit);

    /// A person sits at standard input.
    [[nodiscard]] bool interactive() const { return interactive_; }
    /// Where the other end is, for a person: "standard input and output", "file serial.log", "/dev/pts/5".
    [[nodiscard]] const std::string& description() const { return description_; }

  private:
    Console() : log_("console") {}
    Result<void> open_stdio();
    Result<void> open_file(const std::string& path);
    Result<void> open_pty();
    [[nodiscard]] bool input_waits() const;
    bool write_some();
    void fail_output(int error_number);

    LogChannel log_;
    int in_ = -1;
    int out_ = -1;
    int slave_ = -1;  // pty: held open, so that the master does not hang up while nobody is there
    bool owns_out_ = false;
    bool input_ended_ = false;
    bool interactive_ = false;
    std::string description_;
    std::string waiting_;  // output not yet written
    std::string typed_;    // input read and not yet taken, from typed_next_ on
    size_t typed_next_ = 0;
    std::optional<Error> error_;
    std::optional<TerminalMode> terminal_;
};

}  // namespace mmscope
