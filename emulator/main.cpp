// SPDX-License-Identifier: GPL-2.0-or-later
// The program emu: command line, configuration, one session.
#include <fmt/format.h>

#include <array>
#include <cstdio>

#include "app/compare_command.h"
#include "app/config.h"
#include "app/describe_editions.h"
#include "app/file.h"
#include "app/inspect_snapshot.h"
#include "app/options.h"
#include "app/session.h"
#include "app/trace_command.h"
#include "base/log.h"

namespace mmscope {
namespace {

constexpr std::array<std::string_view, 3> kViews = {"tasks", "maps", "mm"};

int refuse(const Error& error) {
    std::string_view rest = error.message;
    while (!rest.empty()) {
        const size_t end = rest.find('\n');
        fmt::print(stderr, "emu: {}\n", rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return kExitUsage;
}

int run(int argc, const char* const* argv) {
    if (argc > 1 && std::string_view(argv[1]) == "inspect") return inspect_snapshot(argc - 2, argv + 2);
    if (argc > 1 && std::string_view(argv[1]) == "trace") return trace_command(argc - 2, argv + 2);
    if (argc > 1 && std::string_view(argv[1]) == "compare") return compare_command(argc - 2, argv + 2);
    if (argc > 1 && std::string_view(argv[1]) == "describe-editions")
        return describe_editions(argc - 2, argv + 2);
    const auto parsed = parse_options(argc, argv, kViews);
    if (const auto* early = std::get_if<EarlyExit>(&parsed)) {
        std::fputs(early->text.c_str(), early->status == kExitClean ? stdout : stderr);
        return early->status;
    }
    const auto& options = std::get<Options>(parsed);
    if (const auto set = set_log_levels(options.log); !set) return refuse({"--log: " + set.error().message});
    const auto config = load_config({options.config_file, options.settings, executable_folder()});
    if (!config) return refuse(config.error());
    auto session = Session::create(*config, options);
    if (!session) return refuse(session.error());
    return (*session)->run();
}

}  // namespace
}  // namespace mmscope

int main(int argc, char** argv) {
    return mmscope::run(argc, argv);
}
