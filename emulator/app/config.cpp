// SPDX-License-Identifier: GPL-2.0-or-later
// Layers defaults, file and --set into one Config and reports every problem with its place.
#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/config_keys.h"
#include "app/config_value.h"
#include "app/file.h"
#include "base/check.h"

namespace mmscope {
namespace {

constexpr size_t kLargestConfig = 1 << 20;

const ConfigKey* find_key(std::string_view path) {
    const auto keys = config_keys();
    const auto found = std::ranges::find(keys, path, &ConfigKey::path);
    return found == keys.end() ? nullptr : &*found;
}

bool is_inside(std::string_view path, std::string_view section) {
    return path.starts_with(section) && (path.size() == section.size() || path[section.size()] == '.');
}

bool is_section(std::string_view path) {
    return std::ranges::any_of(config_keys(), [path](const ConfigKey& key) {
        return key.path.size() > path.size() && is_inside(key.path, path);
    });
}

ConfigProblem unknown_key(const ConfigEntry& entry) {
    return {entry.at, fmt::format("found unknown key '{}', expected a known one; the nearest is '{}' "
                                  "(emu --help-config lists them)",
                                  entry.path, nearest_config_key(entry.path))};
}

/// Stores one entry. A table that nobody knows is reported once, not again for what it holds.
std::optional<ConfigProblem> store_entry(const ConfigEntry& entry, const PathContext& paths, Config& config) {
    if (const ConfigKey* key = find_key(entry.path)) {
        auto problem = key->store(entry.value, paths, config);
        if (problem) problem->message = fmt::format("{}: {}", entry.path, problem->message);
        return problem;
    }
    if (!is_section(entry.path)) return unknown_key(entry);
    if (entry.value.is_table()) return std::nullopt;
    return ConfigProblem{entry.value.at, fmt::format("{}: found {}, expected a table [{}] with keys",
                                                     entry.path, entry.value.described, entry.path)};
}

std::vector<ConfigProblem> store_entries(const std::vector<ConfigEntry>& entries, const PathContext& paths,
                                         Config& config) {
    std::vector<ConfigProblem> problems;
    std::vector<std::string_view> reported;
    for (const ConfigEntry& entry : entries) {
        if (std::ranges::any_of(reported, [&](auto table) { return is_inside(entry.path, table); })) continue;
        if (auto problem = store_entry(entry, paths, config)) {
            problems.push_back(std::move(*problem));
            if (entry.value.is_table()) reported.push_back(entry.path);
        }
    }
    return problems;
}

std::vector<ConfigProblem> store_text(std::string_view text, const PathContext& paths, Config& config) {
    const auto read = read_toml(text);
    if (const auto* problem = std::get_if<ConfigProblem>(&read)) return {*problem};
    return store_entries(std::get<std::vector<ConfigEntry>>(read), paths, config);
}

void store_defaults(const PathContext& paths, Config& config) {
    for (const ConfigKey& key : config_keys()) {
        const auto problems = store_text(fmt::format("{} = {}", key.path, key.fallback), paths, config);
        CHECK(problems.empty());
    }
}

/// Applies one setting of the command line; returns its problems as lines.
std::vector<std::string> store_setting(const ConfigSetting& setting, const PathContext& paths,
                                       Config& config) {
    constexpr std::string_view kHint =
        "; a VALUE is TOML, so a string needs its quotes: --set 'machine.ram=\"64MiB\"'";
    const std::string& text = setting.toml;
    if (text.find_first_of("\r\n") != std::string::npos || text.find('=') == std::string::npos) {
        return {fmt::format("{}: expected path.to.key=VALUE on one line", setting.option)};
    }
    std::vector<std::string> lines;
    for (const ConfigProblem& problem : store_text(text, paths, config)) {
        const bool syntax = problem.message.starts_with("not valid TOML");
        lines.push_back(fmt::format("{}: {}{}", setting.option, problem.message, syntax ? kHint : ""));
    }
    return lines;
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view name, const std::filesystem::path& folder,
                            const ConfigSources& sources) {
    Config config;
    const PathContext here{std::filesystem::current_path(), sources.exe_dir};
    store_defaults(here, config);
    std::vector<std::string> lines;
    for (const ConfigProblem& problem : store_text(text, {folder, sources.exe_dir}, config)) {
        lines.push_back(
            fmt::format("{}:{}:{}: {}", name, problem.at.line, problem.at.column, problem.message));
    }
    for (const ConfigSetting& setting : sources.settings) {
        for (std::string& line : store_setting(setting, here, config))
            lines.push_back(std::move(line));
    }
    if (!lines.empty()) return fail(fmt::format("{}", fmt::join(lines, "\n")));
    return config;
}

Result<Config> load_config(const ConfigSources& sources) {
    const auto text = read_file(sources.file, kLargestConfig);
    if (!text) return fail(text.error().message);
    const auto folder = std::filesystem::absolute(sources.file).parent_path();
    return parse_config(*text, sources.file.string(), folder, sources);
}

std::string describe_config_keys() {
    std::string out = "Keys of a configuration file (TOML), each with type, default and meaning:\n";
    std::string_view section;
    for (const ConfigKey& key : config_keys()) {
        const auto dot = key.path.find('.');
        if (key.path.substr(0, dot) != section) {
            section = key.path.substr(0, dot);
            out += fmt::format("\n[{}]\n", section);
        }
        out += fmt::format("  {} = {}\n      {}\n      {}\n", key.path.substr(dot + 1), key.fallback,
                           key.type, key.meaning);
    }
    out +=
        "\nRelative paths in a file are relative to its folder, those of --set to the working directory.\n"
        "${exe_dir} at the start of a path is the folder of the emu program.\n";
    return out;
}

}  // namespace mmscope
