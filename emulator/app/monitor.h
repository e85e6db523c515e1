// SPDX-License-Identifier: GPL-2.0-or-later
// The monitor: commands while the machine stands still, from a person's terminal or from a file.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "inspect/commands.h"
#include "machine/machine.h"
#include "ui/line_reader.h"

namespace mmscope {

class CheckpointKeeper;

/// Answers go to standard error, as all messages do. Besides the inspection commands it knows those that run
/// the machine or bring it back.
class Monitor {
  public:
    /// What the machine is to do next.
    struct Run {
        std::optional<uint64_t> nanoseconds;  // none: until it ends
    };
    struct Step {
        uint32_t instructions;
    };
    struct Quit {};
    using Action = std::variant<Run, Step, Quit>;

    /// Without a file commands come from standard input, with a prompt if that is a terminal; `idle` is
    /// called again and again while the prompt waits. `inspector`, `machine` and `keeper` must outlive it.
    /// Error: the file cannot be read.
    static Result<std::unique_ptr<Monitor>> create(const std::filesystem::path& file,
                                                   const Inspector& inspector, const Machine& machine,
                                                   CheckpointKeeper& keeper, LineReader::Idle idle);

    /// Reads and answers commands until one lets the machine go on, or the input ends. A command that fails
    /// is told; in a file it is the last one, and error() says so.
    Action next();
    /// Tells why the machine stands, and how it ended if it did: then there is nothing to run any more, and
    /// `place` is where its processor stands for good, unless a command brings it back.
    void stopped(const std::string& why);
    void ended(const std::string& how, AuditPlace place);
    [[nodiscard]] bool has_ended() const { return ended_.has_value(); }

    [[nodiscard]] bool interactive() const { return reader_ != nullptr; }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    Monitor(const Inspector& inspector, const Machine& machine, CheckpointKeeper& keeper)
        : inspector_(inspector), machine_(machine), keeper_(keeper) {}

    std::optional<std::string> next_line();
    std::optional<std::string> next_line_of_stream();
    /// What the line asks of the machine; none: it has been answered.
    Result<std::optional<Action>> obey(const std::string& line);
    Result<std::optional<Action>> obey_machine_command(const std::vector<std::string>& words);
    Result<std::optional<Action>> obey_run(const std::vector<std::string>& words) const;
    Result<void> obey_checkpoint_command(const std::vector<std::string>& words);
    [[nodiscard]] Inspection inspection() const;

    const Inspector& inspector_;
    const Machine& machine_;
    CheckpointKeeper& keeper_;
    std::unique_ptr<LineReader> reader_;  // null: lines come from stream_
    std::string name_;                    // of the stream
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_{nullptr, &std::fclose};
    size_t line_ = 0;                  // the number of the last one
    std::optional<AuditPlace> ended_;  // none: it can go on
    std::optional<Error> error_;
};

}  // namespace mmscope
