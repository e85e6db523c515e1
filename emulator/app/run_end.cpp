// SPDX-License-Identifier: GPL-2.0-or-later
// The exit statuses of emu, one case each.
#include "app/run_end.h"

#include <fmt/format.h>

#include <csignal>

#include "app/options.h"

namespace mmscope {
namespace {

/// What the guest's kernel passes to the exit port when it panics.
constexpr uint32_t kPanicCode = 3;

EndVerdict judge_guest_exit(uint32_t code) {
    if (code == 0) return {kExitClean, "the guest shut down"};
    if (code == kPanicCode) return {kExitGuestFailure, "guest panic"};
    const int status = code < kExitLargestGuestCode ? static_cast<int>(code) : kExitLargestGuestCode;
    return {status, fmt::format("the guest ended with code {}", code)};
}

EndVerdict judge_stop(const StopCause& cause) {
    if (cause.signal != 0) {
        return {kExitInterrupted + cause.signal,
                fmt::format("stopped by {}", cause.signal == SIGINT ? "SIGINT" : "SIGTERM")};
    }
    return {kExitClean, cause.window_closed ? "the window was closed" : "stopped"};
}

EndVerdict judge_run(const RunResult& result, const StopCause& cause) {
    switch (result.end) {
        case RunEnd::GuestExit:
            return judge_guest_exit(result.exit_code);
        case RunEnd::Reset:
            return {kExitClean, "the guest asked for a reset"};
        case RunEnd::ShutDown:
            return {kExitGuestFailure, "the machine shut down: " + result.report};
        case RunEnd::TimeLimit:
            return {kExitTimeLimit, "the virtual time limit was reached"};
        case RunEnd::Stopped:
        case RunEnd::Debugger:
            return judge_stop(cause);
        case RunEnd::Broken:
            break;
    }
    return {kExitGuestFailure, "the engine failed: " + result.report};
}

}  // namespace

bool broke_down(const RunResult& result) {
    if (result.end == RunEnd::GuestExit) return result.exit_code == kPanicCode;
    return result.end == RunEnd::ShutDown || result.end == RunEnd::Broken;
}

EndVerdict judge_end(const RunResult& result, const StopCause& cause) {
    EndVerdict verdict = judge_run(result, cause);
    while (verdict.sentence.ends_with('\n'))
        verdict.sentence.pop_back();
    // What a guest that broke down says of itself goes before what was found in it.
    if (cause.audit && verdict.status != kExitGuestFailure) verdict = {kExitAudit, *cause.audit};
    if (!cause.output_error) return verdict;
    const bool stopped_for_it =
        result.end == RunEnd::Stopped && cause.signal == 0 && !cause.window_closed && !cause.audit;
    verdict.status = kExitUsage;
    verdict.sentence =
        stopped_for_it ? *cause.output_error : verdict.sentence + "\nemu: " + *cause.output_error;
    return verdict;
}

}  // namespace mmscope
