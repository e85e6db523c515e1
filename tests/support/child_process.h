// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a program as a person or a script would: arguments, standard streams, a terminal, signals, exit
// status.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mmscope::test {

enum class ChildInput {
    Null,      // /dev/null
    Pipe,      // ChildProcess::write_input
    Terminal,  // a pseudo terminal is standard input and output; error stays apart
};

struct ChildOptions {
    ChildInput input = ChildInput::Null;
    std::optional<size_t> file_size_limit =
        {};                                     // bytes; writing a file beyond it fails with EFBIG, no signal
    std::vector<std::string> environment = {};  // "NAME=VALUE", over the test's own
};

struct ChildResult {
    int status = -1;  // exit status; -1: it ended otherwise, see how
    std::string how;  // "exited", "killed by signal 6", "timed out"
    std::string out, err;
    long peak_kib = 0;       // resident memory at its peak
    double cpu_seconds = 0;  // user and system, all threads
};

/// Everything a failed assertion should show.
std::string describe(const ChildResult& result);

class ChildProcess {
  public:
    using Seconds = std::chrono::duration<double>;

    /// arguments[0] is the program's path.
    explicit ChildProcess(const std::vector<std::string>& arguments, const ChildOptions& options = {});
    ~ChildProcess();  // kills it if it still runs
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Reads until standard output holds `text`. False: the time is over or the output ended.
    [[nodiscard]] bool wait_for_output(std::string_view text, Seconds timeout);
    /// The same for standard error.
    [[nodiscard]] bool wait_for_error(std::string_view text, Seconds timeout);
    void write_input(std::string_view text);
    void close_input();
    void signal(int number);
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] const std::string& out() const { return result_.out; }
    [[nodiscard]] const std::string& err() const { return result_.err; }

    /// Reads both streams to their end and waits. After `timeout` it is killed and how is "timed out".
    ChildResult finish(Seconds timeout);

  private:
    [[noreturn]] void exec(const std::vector<std::string>& arguments, const ChildOptions& options);
    /// Reads what is there within `timeout`; false when both streams have ended or the time is over.
    bool pump(Seconds timeout);
    bool wait_for(const std::string& stream, std::string_view text, Seconds timeout);
    void reap(Seconds timeout);

    pid_t pid_ = -1;
    int input_ = -1, output_ = -1, error_ = -1;  // our ends
    int child_input_ = -1, child_output_ = -1, child_error_ = -1;
    ChildResult result_;
};

/// Runs to the end.
ChildResult run_program(const std::vector<std::string>& arguments, const ChildOptions& options = {},
                        ChildProcess::Seconds timeout = ChildProcess::Seconds(60));

/// A folder that is removed with all it holds.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
    /// Creates the file and yields its path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view text) const;

  private:
    std::string path_;
};

/// A file's bytes; empty (and a test failure) if it cannot be read.
std::string read_text(const std::string& path);

}  // namespace mmscope::test
