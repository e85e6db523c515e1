// SPDX-License-Identifier: GPL-2.0-or-later
// A run in pieces: the machine goes on when the monitor says so, until it ends.
#pragma once

#include <functional>

#include "app/run_end.h"
#include "machine/machine.h"
#include "ui/console.h"

namespace mmscope {

class Monitor;

/// How a run came to its end, and the signal that asked it to stop; 0: none.
struct SignalledRun {
    RunResult result;
    int signal = 0;
};

/// Runs the machine until something ends it, `until` at the latest.
using Runner = std::function<RunResult(VirtualTime until)>;

/// The same, and a signal may end it, too (stop_signals.h).
SignalledRun run_with_signals(Machine& machine, const Runner& runner, VirtualTime until);

/// Obeys the monitor until it quits or the machine has ended, by `limit` at the latest. Ctrl-C leads a person
/// back to the prompt. When the machine has ended, or an audit has ended it (`cause` tells), the monitor may
/// look at it and bring it back to a checkpoint; what else it answers changes nothing of how it ended.
SignalledRun run_by_monitor(Machine& machine, const Runner& runner, Monitor& monitor, Console& console,
                            VirtualTime limit, const std::function<StopCause()>& cause);

}  // namespace mmscope
