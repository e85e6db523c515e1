// SPDX-License-Identifier: GPL-2.0-or-later
// A configuration file as a flat list of keys and values with their positions; knows no key by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mmscope {

/// Both from 1, as editors count.
struct SourcePosition {
    uint32_t line = 1, column = 1;
    friend auto operator<=>(const SourcePosition&, const SourcePosition&) = default;
};

/// Something wrong at a place of the text: what was found and what was expected.
struct ConfigProblem {
    SourcePosition at;
    std::string message;
};

/// A TOML date and time with offset, as seconds since 1970-01-01 UTC.
struct TimeStamp {
    int64_t seconds;
};
struct TableValue {};
/// A TOML type no key takes (float, local date, ...); only its description counts.
struct OtherValue {};

struct ConfigValue {
    SourcePosition at;
    std::variant<std::string, int64_t, bool, TimeStamp, std::vector<ConfigValue>, TableValue, OtherValue>
        data;
    std::string described;  // for messages: `integer 64`, `string "64MB"`, `a table`

    [[nodiscard]] bool is_table() const { return std::holds_alternative<TableValue>(data); }
};

struct ConfigEntry {
    std::string path;  // "machine.ram"; a part that is not a bare TOML key stands in quotes
    SourcePosition at;
    ConfigValue value;
};

/// The entries in the order of the text, a table before what it holds; or the syntax error.
std::variant<std::vector<ConfigEntry>, ConfigProblem> read_toml(std::string_view text);

}  // namespace mmscope
