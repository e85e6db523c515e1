// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of emu as plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.h"
#include "base/error.h"

namespace mmscope {

/// Exit status of emu. A guest's own exit code is passed through; Interrupted is 128 + the signal's number.
enum ExitStatus : int {
    kExitClean = 0,
    kExitUsage = 2,         // bad usage, configuration or input file; an output that cannot be written
    kExitGuestFailure = 3,  // guest panic, triple fault, or halted for good
    kExitAudit = 4,         // an audit found a violation
    kExitTimeLimit = 124,
    kExitInterrupted = 128,
    kExitLargestGuestCode = 255,  // larger codes of a guest are reported as this one
};

/// One --dump-at: what the decoder prints, and when.
struct DumpRequest {
    std::optional<uint32_t> checkpoint;  // none: at the end of the run
    std::vector<std::string> what;       // names of the decoder's views, each known to be one of them
    bool json = false;

    friend bool operator==(const DumpRequest&, const DumpRequest&) = default;
};

/// "exit:maps,mm" or "checkpoint:3:maps:json"; `views` are the names there are.
Result<DumpRequest> parse_dump_request(std::string_view text, std::span<const std::string_view> views);

struct Options {
    std::filesystem::path config_file;
    std::vector<ConfigSetting>
        settings;     // --set, then --headless, --trace, --audit, --snapshot, --restore and --until
    std::string log;  // "" or NAME:LEVEL,...
    std::vector<DumpRequest> dumps;
    std::filesystem::path dump_file;          // empty: standard error
    bool json = false;                        // summary and dumps as JSON
    bool monitor = false;                     // stop before the first instruction and obey commands
    std::filesystem::path monitor_file = {};  // where they come from; empty: standard input
    std::optional<std::string> gdb = {};      // where gdb may connect: [HOST]:PORT; none: it may not
};

/// The command line asks for a text and nothing else (--help), or is wrong.
struct EarlyExit {
    int status;
    std::string text;  // for standard output if status is 0, else for standard error
};

std::variant<Options, EarlyExit> parse_options(int argc, const char* const* argv,
                                               std::span<const std::string_view> views);

}  // namespace mmscope
