// SPDX-License-Identifier: GPL-2.0-or-later
// How values of the configuration get their types: checks that the keys of all sections share.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "app/config_keys.h"
#include "app/config_value.h"
#include "base/error.h"

namespace mmscope {

/// None: the value was stored. A problem leaves what it was to be stored in as it was.
using ConfigCheck = std::optional<ConfigProblem>;

/// "found 5, expected WHAT", at the value.
ConfigCheck wrong_value(const ConfigValue& value, std::string_view what);

/// A path of a configuration with ${exe_dir} replaced, made absolute by `paths`; empty stays empty.
std::filesystem::path resolve_path(std::string text, const PathContext& paths);

ConfigCheck store_text(const ConfigValue& value, std::string_view what, std::string& out);
ConfigCheck store_path(const ConfigValue& value, const PathContext& paths, std::filesystem::path& out);
ConfigCheck store_flag(const ConfigValue& value, bool& out);
/// Patterns are names that may end in '*'. `any_fits` knows whether one of them can ever fit.
ConfigCheck store_patterns(const ConfigValue& value, std::string_view what,
                           bool (*any_fits)(std::string_view), std::vector<std::string>& out);

template <class Choice>
using Choices = std::initializer_list<std::pair<std::string_view, std::type_identity_t<Choice>>>;

template <class Choice>
ConfigCheck store_choice(const ConfigValue& value, Choices<Choice> choices, Choice& out) {
    const auto* text = std::get_if<std::string>(&value.data);
    std::string names;
    for (const auto& [name, choice] : choices) {
        if (text != nullptr && *text == name) return out = choice, std::nullopt;
        names += fmt::format("{}\"{}\"", names.empty() ? "" : " or ", name);
    }
    return wrong_value(value, names);
}

/// Stores each item of an array; a problem points at the item.
template <class Item, class Convert>
ConfigCheck store_list(const ConfigValue& value, std::string_view what, std::vector<Item>& out,
                       Convert convert) {
    const auto* items = std::get_if<std::vector<ConfigValue>>(&value.data);
    if (items == nullptr) return wrong_value(value, what);
    std::vector<Item> converted;
    for (const ConfigValue& item : *items) {
        const Result<Item> one = convert(item);
        if (!one) return ConfigProblem{item.at, one.error().message};
        converted.push_back(*one);
    }
    out = std::move(converted);
    return std::nullopt;
}

}  // namespace mmscope
