// SPDX-License-Identifier: GPL-2.0-or-later
// TOML text to flat entries; the only file that includes toml++.
#include "app/config_value.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <tuple>

namespace mmscope {
namespace {

SourcePosition position_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

bool is_bare_key(std::string_view key) {
    return !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

std::string join_path(const std::string& parent, std::string_view key) {
    const std::string part = is_bare_key(key) ? std::string(key) : fmt::format("\"{}\"", key);
    return parent.empty() ? part : parent + "." + part;
}

int64_t seconds_since_epoch(const toml::date_time& moment) {
    namespace ch = std::chrono;
    const ch::year_month_day day{ch::year{moment.date.year}, ch::month{moment.date.month},
                                 ch::day{moment.date.day}};
    const int64_t midnight = ch::sys_days{day}.time_since_epoch().count() * int64_t{86400};
    return midnight + moment.time.hour * 3600 + moment.time.minute * 60 + moment.time.second -
           moment.offset->minutes * int64_t{60};
}

ConfigValue convert(const toml::node& node);

ConfigValue convert_array(const toml::array& array, SourcePosition at) {
    std::vector<ConfigValue> items;
    for (const toml::node& item : array)
        items.push_back(convert(item));
    const size_t count = items.size();
    return {at, std::move(items), fmt::format("an array of {}", count)};
}

ConfigValue convert(const toml::node& node) {
    const SourcePosition at = position_of(node.source());
    if (const auto* text = node.as_string())
        return {at, text->get(), fmt::format("string \"{}\"", text->get())};
    if (const auto* number = node.as_integer())
        return {at, number->get(), fmt::format("integer {}", number->get())};
    if (const auto* flag = node.as_boolean())
        return {at, flag->get(), fmt::format("boolean {}", flag->get())};
    if (const auto* number = node.as_floating_point()) {
        return {at, OtherValue{}, fmt::format("float {}", number->get())};
    }
    if (const auto* moment = node.as_date_time()) {
        if (!moment->get().offset) return {at, OtherValue{}, "a date and time without offset"};
        return {at, TimeStamp{seconds_since_epoch(moment->get())}, "a date and time"};
    }
    if (const auto* array = node.as_array()) return convert_array(*array, at);
    if (node.is_table()) return {at, TableValue{}, "a table"};
    return {at, OtherValue{}, node.is_date() ? "a local date" : "a local time"};
}

void flatten(const toml::table& table, const std::string& parent, std::vector<ConfigEntry>& out) {
    for (const auto& [key, node] : table) {
        std::string path = join_path(parent, key.str());
        out.push_back({path, position_of(key.source()), convert(node)});
        if (const auto* inner = node.as_table()) flatten(*inner, path, out);
    }
}

}  // namespace

std::variant<std::vector<ConfigEntry>, ConfigProblem> read_toml(std::string_view text) {
    std::vector<ConfigEntry> entries;
    try {
        flatten(toml::parse(text), "", entries);
    } catch (const toml::parse_error& error) {
        return ConfigProblem{position_of(error.source()),
                             fmt::format("not valid TOML: {}", error.description())};
    }
    // A table and its first key may stand at one place; the shorter path is the table's.
    std::ranges::sort(entries, {}, [](const ConfigEntry& entry) { return std::tie(entry.at, entry.path); });
    return entries;
}

}  // namespace mmscope
