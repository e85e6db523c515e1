// SPDX-License-Identifier: GPL-2.0-or-later
// The command line by CLI11; the only file that includes it.
#include "app/options.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <sstream>

namespace mmscope {
namespace {

constexpr std::string_view kFooter = R"(Examples:
  emu configs/default.toml                        run the machine; its serial port is this terminal
  emu configs/default.toml --trace faults.jsonl   write every page fault
  emu trace plot faults.jsonl faults.svg          draw it; emu trace --help has more
  emu configs/default.toml --headless --until 2s --set 'machine.ram="32MiB"'
  emu configs/default.toml --audit every:50       check every invariant before each 50th page fault
  emu configs/default.toml --snapshot vm.core     save the machine at its end; gdb opens the file, too
  emu configs/default.toml --restore vm.core      go on where it was saved
  emu inspect vm.core maps 1                      ask a saved machine; emu inspect --help lists commands
  emu compare configs/linux-2.6.11.toml configs/linux-2.6.28.toml   what two kernels do differently
  emu configs/default.toml --monitor              a prompt: run 80ms, tasks, pagemap 3, print init_mm.map_count
  emu configs/default.toml --gdb :1234            wait for gdb: target remote :1234, break do_page_fault
  emu configs/default.toml --dump-at exit:maps,mm --dump-at checkpoint:3:tasks:json

Standard output carries the guest's serial port only; messages, summary and dumps go to standard error.

Exit status: 0 the guest shut down, or its window was closed; the guest's own code where it passed one (255
for larger ones); 2 bad usage, configuration or input file, or an output that cannot be written; 3 guest
panic, triple fault or halted for good; 4 an audit found a violation; 124 virtual time limit reached; 130 and 143 after SIGINT and SIGTERM.)";

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (size_t start = 0; start <= text.size();) {
        const size_t end = std::min(text.find(separator, start), text.size());
        parts.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

/// A TOML basic string (TOML 1.0, "String"): quotes, backslashes and control characters escaped.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += fmt::format("\\{}", c);
        } else if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out += c;
        }
    }
    return out + "\"";
}

/// What a flag that may have a value (--flag=VALUE) is without one; a file of this name is ./true.
constexpr std::string_view kWithoutValue = "true";

/// What CLI11 fills in; turned into Options when all of it is there.
struct RawOptions {
    std::string config_file, trace, until, log, dump_file, audit, snapshot, restore, monitor, gdb;
    std::vector<std::string> sets, dumps;
    bool headless = false, json = false, help_config = false;
};

void declare_options(CLI::App& app, RawOptions& raw, const std::string& view_names) {
    app.add_option("CONFIG", raw.config_file, "configuration of the machine (TOML)");
    app.add_option("--set", raw.sets, "set a key over the file's; VALUE is TOML")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    app.add_flag("--headless", raw.headless, "no window, as display.mode = \"none\"");
    app.add_option("--trace", raw.trace,
                   "write page faults to FILE (.jsonl, .csv, .sqlite, .json), as trace.file")
        ->type_name("FILE");
    app.add_option(
           "--audit", raw.audit,
           "audit the descriptors: fail (at exit), exit, checkpoint, every-return, every:N page faults or "
           "random:N ms, as audit.when")
        ->type_name("WHEN");
    app.add_option("--snapshot", raw.snapshot, "save the machine to FILE (at exit, or as snapshot.at says)")
        ->type_name("FILE");
    app.add_option("--restore", raw.restore, "begin where the snapshot FILE was taken, as snapshot.restore")
        ->type_name("FILE");
    app.add_option("--until", raw.until, "stop at virtual time TIME, e.g. 250ms, as limits.until")
        ->type_name("TIME");
    app.add_option("--log", raw.log,
                   "log levels, e.g. pit:debug,*:warn (off error warn stub info debug trace)")
        ->type_name("NAME:LEVEL,...");
    app.add_option("--dump-at", raw.dumps,
                   "print decoded structures; WHEN is exit or checkpoint:N, WHAT is " + view_names)
        ->type_name("WHEN:WHAT[,WHAT][:json]")
        ->allow_extra_args(false);
    app.add_option("--dump-to", raw.dump_file, "write the dumps to FILE, not to standard error")
        ->type_name("FILE");
    app.add_flag("--monitor", raw.monitor,
                 "stop before the first instruction and obey commands (help lists them) from standard input, "
                 "or from a file: --monitor=FILE");
    app.add_option("--gdb", raw.gdb,
                   "stop before the first instruction and wait for gdb at this address; HOST is 127.0.0.1 if "
                   "it is not given, PORT 0 is any that is free")
        ->type_name("[HOST]:PORT");
    app.add_flag("--json", raw.json, "summary and dumps as JSON");
    app.add_flag("--help-config", raw.help_config, "list the keys of a configuration and exit");
    app.set_version_flag("--version", std::string("emu " MMSCOPE_VERSION));
    app.set_help_flag("-h,--help", "print this help and exit");
}

void add_settings(const CLI::App& app, const RawOptions& raw, std::vector<ConfigSetting>& out) {
    for (const std::string& text : raw.sets)
        out.push_back({"--set " + text, text});
    if (raw.headless) out.push_back({"--headless", "display.mode=\"none\""});
    if (app.count("--trace") > 0)
        out.push_back({"--trace " + raw.trace, "trace.file=" + toml_string(raw.trace)});
    if (app.count("--audit") > 0) {
        const std::string option = "--audit " + raw.audit;
        const bool fail = raw.audit == "fail";
        out.push_back({option, "audit.when=" + toml_string(fail ? "exit" : raw.audit)});
        if (fail) out.push_back({option, "audit.fail=true"});
    }
    if (app.count("--snapshot") > 0)
        out.push_back({"--snapshot " + raw.snapshot, "snapshot.file=" + toml_string(raw.snapshot)});
    if (app.count("--restore") > 0)
        out.push_back({"--restore " + raw.restore, "snapshot.restore=" + toml_string(raw.restore)});
    if (app.count("--until") > 0)
        out.push_back({"--until " + raw.until, "limits.until=" + toml_string(raw.until)});
}

EarlyExit usage_error(std::string_view what) {
    return {kExitUsage,
            fmt::format("emu: {}\nemu: usage: emu CONFIG [OPTION...]; emu --help explains\n", what)};
}

std::variant<Options, EarlyExit> finish_options(const CLI::App& app, const RawOptions& raw,
                                                std::span<const std::string_view> views) {
    if (raw.help_config) return EarlyExit{kExitClean, describe_config_keys()};
    if (raw.config_file.empty()) return usage_error("CONFIG is missing");
    Options options;
    options.config_file = raw.config_file;
    options.log = raw.log;
    options.dump_file = raw.dump_file;
    options.json = raw.json;
    options.monitor = app.count("--monitor") > 0;
    if (raw.monitor != kWithoutValue) options.monitor_file = raw.monitor;
    if (app.count("--gdb") > 0) options.gdb = raw.gdb;
    if (options.gdb && options.monitor)
        return usage_error(
            "--gdb and --monitor: the machine obeys one of them; gdb's 'monitor' has its commands");
    add_settings(app, raw, options.settings);
    for (const std::string& text : raw.dumps) {
        auto request = parse_dump_request(text, views);
        if (!request) return usage_error(fmt::format("--dump-at {}: {}", text, request.error().message));
        request->json |= raw.json;
        options.dumps.push_back(std::move(*request));
    }
    return options;
}

}  // namespace

Result<DumpRequest> parse_dump_request(std::string_view text, std::span<const std::string_view> views) {
    const std::string expected =
        fmt::format("expected WHEN:WHAT[,WHAT][:json], WHEN being exit or checkpoint:N and WHAT one of {}",
                    fmt::join(views, ", "));
    std::vector<std::string> parts = split(text, ':');
    DumpRequest request;
    if (parts.size() > 2 && parts.back() == "json") {
        request.json = true;
        parts.pop_back();
    }
    if (parts.size() == 3 && parts[0] == "checkpoint") {
        uint32_t id = 0;
        const char* const end = parts[1].data() + parts[1].size();
        const auto [stop, status] = std::from_chars(parts[1].data(), end, id);
        if (status != std::errc{} || stop != end)
            return fail("found checkpoint '" + parts[1] + "', " + expected);
        request.checkpoint = id;
    } else if (parts.size() != 2 || parts[0] != "exit") {
        return fail(expected);
    }
    for (std::string& name : split(parts.back(), ',')) {
        if (std::ranges::find(views, name) == views.end()) return fail("found '" + name + "', " + expected);
        request.what.push_back(std::move(name));
    }
    return request;
}

std::variant<Options, EarlyExit> parse_options(int argc, const char* const* argv,
                                               std::span<const std::string_view> views) {
    CLI::App app("emu runs an i386 PC and shows how its kernel manages memory.", "emu");
    RawOptions raw;
    declare_options(app, raw, fmt::format("{}", fmt::join(views, ", ")));
    app.footer(std::string(kFooter));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return usage_error(error.what());
        std::ostringstream text, ignored;
        app.exit(error, text, ignored);
        return EarlyExit{kExitClean, text.str()};
    }
    return finish_options(app, raw, views);
}

}  // namespace mmscope
