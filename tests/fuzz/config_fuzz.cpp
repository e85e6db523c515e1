// SPDX-License-Identifier: GPL-2.0-or-later
// A configuration file, and behind a line "--set" what the command line adds, a setting a line.
#include "app/config.h"
#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(config) {
    const std::string_view text = take_until(input, "\n--set\n");
    ConfigSources sources{.file = "fuzz.toml", .settings = {}, .exe_dir = "/exe"};
    while (!input.empty()) {
        const std::string setting(take_until(input, "\n"));
        sources.settings.push_back({"--set " + setting, setting});
    }
    const auto config = parse_config(text, "fuzz.toml", "/folder", sources);
    CHECK(config || !config.error().message.empty());
}
