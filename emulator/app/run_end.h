// SPDX-License-Identifier: GPL-2.0-or-later
// Why a run ended, as an exit status and in words.
#pragma once

#include <optional>
#include <string>

#include "machine/machine.h"

namespace mmscope {

/// Why the host asked the machine to stop; meaningful for RunEnd::Stopped.
struct StopCause {
    int signal = 0;  // SIGINT, SIGTERM, or 0
    bool window_closed = false;
    std::optional<std::string> output_error;  // a trace, dump or serial output that could not be written
    std::optional<std::string> audit = {};    // the first violation an audit found
};

struct EndVerdict {
    int status;            // ExitStatus
    std::string sentence;  // may be several lines for a crash
};

/// The guest's kernel panicked, or the machine shut down or failed.
bool broke_down(const RunResult& result);

/// An output that failed decides the status however the run ended, so that nobody takes it for whole.
EndVerdict judge_end(const RunResult& result, const StopCause& cause);

}  // namespace mmscope
