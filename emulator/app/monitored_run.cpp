// SPDX-License-Identifier: GPL-2.0-or-later
// Time limits make the pieces: a run that stops at one goes on as if it had not.
#include "app/monitored_run.h"

#include <algorithm>
#include <csignal>

#include "app/monitor.h"
#include "app/stop_signals.h"

namespace mmscope {
namespace {

VirtualTime after(const Machine& machine, uint64_t more, VirtualTime limit) {
    const VirtualTime now = machine.now();
    return more < limit - now ? now + more : limit;
}

/// A processor that is halted, or interrupted, steps to the first instruction of the handler.
SignalledRun step_instructions(Machine& machine, const Runner& runner, uint32_t instructions,
                               VirtualTime limit) {
    SignalledRun run;
    do {
        machine.cpu().step_once();
        run = run_with_signals(machine, runner, limit);
        machine.cpu().cancel_step();
    } while (--instructions > 0 && run.result.end == RunEnd::Debugger);
    return run;
}

SignalledRun obey(Machine& machine, const Runner& runner, const Monitor::Action& action, VirtualTime limit) {
    if (const auto* step = std::get_if<Monitor::Step>(&action))
        return step_instructions(machine, runner, step->instructions, limit);
    const auto time = std::get<Monitor::Run>(action).nanoseconds;
    return run_with_signals(machine, runner, time ? after(machine, *time, limit) : limit);
}

}  // namespace

SignalledRun run_with_signals(Machine& machine, const Runner& runner, VirtualTime until) {
    const StopSignals signals(machine);
    RunResult result = runner(until);
    return {std::move(result), signals.caught()};
}

SignalledRun run_by_monitor(Machine& machine, const Runner& runner, Monitor& monitor, Console& console,
                            VirtualTime limit, const std::function<StopCause()>& cause) {
    Monitor::Action action = monitor.next();
    while (!std::holds_alternative<Monitor::Quit>(action)) {
        SignalledRun run = obey(machine, runner, action, limit);
        console.flush();
        const bool paused = run.result.end == RunEnd::Debugger ||
                            (run.result.end == RunEnd::TimeLimit && machine.now() < limit);
        const bool interrupted =
            run.result.end == RunEnd::Stopped && run.signal == SIGINT && monitor.interactive();
        if (paused || interrupted) {
            monitor.stopped(paused ? "stopped" : "interrupted");
        } else {
            StopCause why = cause();
            why.signal = run.signal;
            monitor.ended(judge_end(run.result, why).sentence,
                          run.result.end == RunEnd::GuestExit ? AuditPlace::AtRest : AuditPlace::Anywhere);
            const bool only_audit = why.audit && why.signal == 0 && !why.window_closed && !why.output_error;
            if (run.result.end == RunEnd::Stopped && !only_audit) return run;
        }
        action = monitor.next();
        if (monitor.has_ended()) return run;
    }
    return {{.end = RunEnd::Stopped, .report = {}}};
}

}  // namespace mmscope
