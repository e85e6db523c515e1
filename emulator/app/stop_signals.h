// SPDX-License-Identifier: GPL-2.0-or-later
// SIGINT and SIGTERM end a run cleanly; a second one ends the program at once.
#pragma once

namespace mmscope {

class Machine;

/// While it lives, SIGINT and SIGTERM ask `machine` to stop, and SIGPIPE is ignored so that writing to a
/// closed pipe is an error like any other. One at a time: signals belong to the process.
class StopSignals {
  public:
    explicit StopSignals(Machine& machine);
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// The signal that asked to stop; 0 for none.
    [[nodiscard]] int caught() const;
};

}  // namespace mmscope
