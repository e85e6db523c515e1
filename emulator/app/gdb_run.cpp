// SPDX-License-Identifier: GPL-2.0-or-later
// Between the protocol and the machine: a wish becomes a run, the end of a run becomes a stop reply.
#include "app/gdb_run.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "app/run_end.h"
#include "gdb/guest_debuggee.h"
#include "gdb/target.h"

namespace mmscope {
namespace {

/// Answers gdb until it wants the machine to do something. A client that is gone has left.
GdbWish next_wish(GdbServer& server, GdbTarget& target, const GdbServer::Idle& idle) {
    for (GdbInput input; server.next(input, idle);) {
        const GdbWish wish = target.take(input);
        server.send(target.take_output());
        if (wish != GdbWish::Stand && wish != GdbWish::Interrupt) return wish;
    }
    return GdbWish::Detach;
}

GdbWatch watch_of(const Watchpoint& watch) {
    GdbWatch::Use use = GdbWatch::Use::Change;
    if (watch.use == Watchpoint::Use::Read) use = GdbWatch::Use::Read;
    if (watch.use == Watchpoint::Use::Access) use = GdbWatch::Use::Access;
    return {.at = watch.at, .size = watch.size, .use = use};
}

GdbHalt halt_of(const Machine& machine, const RunResult& result) {
    if (result.end != RunEnd::Debugger) return {.kind = GdbHalt::Kind::Interrupted};
    const DebugStop stop = machine.cpu().debug_stop();
    switch (stop.kind) {
        case DebugStop::Kind::Breakpoint:
            return {.kind = GdbHalt::Kind::Breakpoint};
        case DebugStop::Kind::Watchpoint:
            return {.kind = GdbHalt::Kind::Watchpoint, .watch = watch_of(stop.watch)};
        case DebugStop::Kind::Step:
            break;
    }
    return {.kind = GdbHalt::Kind::Step};
}

/// The world around a machine that gdb debugs: `inner`, and an ear for gdb's Ctrl-C.
class GdbHost final : public MachineHost {
  public:
    GdbHost(MachineHost& inner, GdbServer& server) : inner_(inner), server_(server) {}

    void poll(Machine& machine) override {
        inner_.poll(machine);
        listen(machine);
    }
    VirtualTime idle(Machine& machine, VirtualTime until) override {
        listen(machine);
        return inner_.idle(machine, until);
    }
    void checkpoint(Machine& machine, uint32_t id) override { inner_.checkpoint(machine, id); }

    /// True once for each stop that was asked for because of gdb.
    [[nodiscard]] bool take_stop() { return std::exchange(stopped_, false); }

  private:
    void listen(Machine& machine) {
        if (!server_.wants_attention()) return;
        stopped_ = true;
        machine.request_stop();
    }

    MachineHost& inner_;
    GdbServer& server_;
    bool stopped_ = false;
};

/// The run that gdb asked for. True: it stands, and gdb was told why; false: it has ended.
bool run_piece(Machine& machine, GdbHost& host, GdbTarget& target, const Runner& runner, VirtualTime limit,
               SignalledRun& run) {
    run = run_with_signals(machine, runner, limit);
    machine.cpu().cancel_step();
    const bool asked = host.take_stop() && run.result.end == RunEnd::Stopped && run.signal == 0;
    if (run.result.end == RunEnd::Debugger || asked) {
        target.halted(halt_of(machine, run.result));
        return true;
    }
    target.ended(judge_end(run.result, {.signal = run.signal, .output_error = {}}).status);
    return false;
}

}  // namespace

Result<std::unique_ptr<GdbServer>> wait_for_gdb(std::string_view address) {
    const auto where = parse_gdb_address(address);
    if (!where) return fail("--gdb: " + where.error().message);
    auto server = GdbServer::listen(*where);
    if (server) fmt::print(stderr, "emu: waiting for gdb: target remote {}\n", (*server)->name());
    return server;
}

SignalledRun run_by_gdb(Machine& machine, const Inspector& inspector, MachineHost& host, const Runner& runner,
                        GdbServer& server, const GdbServer::Idle& idle, VirtualTime limit) {
    GuestDebuggee debuggee(machine, inspector);
    GdbTarget target(debuggee);
    GdbHost listening(host, server);
    SignalledRun run{{.end = RunEnd::Stopped, .report = {}}};
    if (const auto connected = server.accept(idle); !connected) {
        fmt::print(stderr, "emu: {}\n", connected.error().message);
        return run;
    }
    machine.set_host(&listening);
    for (bool standing = true; standing;) {
        const GdbWish wish = next_wish(server, target, idle);
        if (wish == GdbWish::Kill) {
            run = {{.end = RunEnd::Stopped, .report = {}}};
            break;
        }
        if (wish == GdbWish::Detach) {
            target.forget_stops();
            machine.set_host(&host);
            return run_with_signals(machine, runner, limit);
        }
        if (wish == GdbWish::Step) machine.cpu().step_once();
        standing = run_piece(machine, listening, target, runner, limit, run);
        server.send(target.take_output());
    }
    machine.set_host(&host);
    return run;
}

}  // namespace mmscope
