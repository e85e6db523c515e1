// SPDX-License-Identifier: GPL-2.0-or-later
// The table of configuration keys: name, type, default, meaning, and how a value gets into a Config.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/config.h"
#include "app/config_value.h"

namespace mmscope {

/// How relative paths and ${exe_dir} of one source are resolved.
struct PathContext {
    std::filesystem::path folder;
    std::filesystem::path exe_dir;
};

struct ConfigKey {
    std::string_view path;
    std::string_view type;      // for people, with unit and range
    std::string_view fallback;  // the default, as TOML; goes the same way as a value from a file
    std::string_view meaning;
    /// Checks and stores; a problem's position lies inside `value`.
    std::optional<ConfigProblem> (*store)(const ConfigValue& value, const PathContext& paths, Config& config);
};

/// What a machine is: machine, cpu, boot, display, serial, disk.
std::span<const ConfigKey> machine_keys();
/// What is seen and kept of a run: trace, audit, snapshot, limits.
std::span<const ConfigKey> run_keys();
/// All keys, section by section.
std::span<const ConfigKey> config_keys();

/// The known key or section nearest to `path`: the same last part in another section, else the smallest edit
/// distance.
std::string nearest_config_key(std::string_view path);

}  // namespace mmscope
