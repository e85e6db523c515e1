// SPDX-License-Identifier: GPL-2.0-or-later
// The inspection commands: one table and one implementation for the monitor, `emu inspect` and tests.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cpu/cpu.h"
#include "introspect/audit/audit.h"
#include "introspect/inspector.h"

namespace mmscope {

class TlbShadow;
struct Inspection;

/// Opens another moment of a guest, a snapshot's file, and lets `look` answer about both. Error: the file's,
/// or what `look` yields.
using OtherMoment = std::function<Result<std::string>(
    const std::string& file, const std::function<Result<std::string>(const Inspection&)>& look)>;

/// What is inspected: a guest at one moment, and what is known besides its memory. Nothing is owned.
struct Inspection {
    const Inspector& inspector;
    const TlbShadow* tlb = nullptr;              // a live machine's; null: a snapshot has none
    std::optional<CpuRegisters> registers = {};  // of the running task; none: not known
    AuditPlace place = AuditPlace::Anywhere;     // where the processor stands
    OtherMoment other = {};                      // empty: there is no way to other moments
};

struct CommandOutput {
    std::string text;  // lines, or one line of JSON; ends in '\n' unless empty
};

struct CommandCall;

struct Command {
    std::string_view name;
    std::string_view arguments;  // "PID ADDR", "[PFN]"; empty: none
    std::string_view help;       // one line
    size_t least, most;          // number of arguments
    Result<std::string> (*run)(const CommandCall& call);
};

/// All commands, in the order in which `help` lists them.
std::span<const Command> inspection_commands();

/// Runs "NAME ARGUMENT... [--json]"; an empty line does nothing. Reads guest memory only, in bounded time
/// whatever that holds. Error: an unknown name (with the nearest one), wrong arguments (with the usage), or
/// what the command met, with the path that led there.
Result<CommandOutput> run_command(const Inspection& inspection, std::string_view line);
/// The same of words that are split already, as a shell's are.
Result<CommandOutput> run_command(const Inspection& inspection, std::vector<std::string> words);

/// For the prompt: names that begin with `prefix`, in the table's order.
std::vector<std::string> complete_command(std::string_view prefix);
/// What may follow `command`: commands after help, types after type, symbols where an expression or address
/// is expected. At most 500.
std::vector<std::string> complete_argument(const Inspector& inspector, std::string_view command,
                                           std::string_view prefix);

}  // namespace mmscope
