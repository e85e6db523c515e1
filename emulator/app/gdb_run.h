// SPDX-License-Identifier: GPL-2.0-or-later
// A run in pieces: the machine goes on when gdb says so, until it ends or gdb leaves.
#pragma once

#include <memory>
#include <string_view>

#include "app/monitored_run.h"
#include "gdb/server.h"

namespace mmscope {

class Inspector;

/// Listens at [HOST]:PORT and says so on standard error. Error: no address, or one that cannot be had.
Result<std::unique_ptr<GdbServer>> wait_for_gdb(std::string_view address);

/// Obeys gdb until it ends the machine, or leaves and the machine has ended, by `limit` at the latest. What
/// gdb does changes nothing of how the machine ends, but for `kill`. `host` is the machine's, and is so again
/// afterwards; `idle` is called while gdb thinks.
SignalledRun run_by_gdb(Machine& machine, const Inspector& inspector, MachineHost& host, const Runner& runner,
                        GdbServer& server, const GdbServer::Idle& idle, VirtualTime limit);

}  // namespace mmscope
