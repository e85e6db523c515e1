// SPDX-License-Identifier: GPL-2.0-or-later
// JSON of a trace, which may be anybody's: parsed if it is shallow, and its values as a row has them.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mmscope {

/// How deeply arrays and objects lie in each other, as brackets outside of strings tell.
inline int nesting_of(std::string_view text) {
    int depth = 0, deepest = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\') {
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '[' || c == '{')) {
            deepest = std::max(deepest, ++depth);
        } else if (!quoted && (c == ']' || c == '}')) {
            --depth;
        }
    }
    return deepest;
}

/// Discarded if it is no JSON, or nested as no record is: the library copies values by recursion.
inline nlohmann::ordered_json parse_shallow(std::string_view text) {
    constexpr int kDeepest = 16;
    if (nesting_of(text) > kDeepest) return nlohmann::ordered_json(nlohmann::json::value_t::discarded);
    return nlohmann::ordered_json::parse(text, nullptr, false);
}

/// Nothing for null, and for arrays and objects, which no record of ours holds.
inline std::string words_of(const nlohmann::ordered_json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null() || value.is_structured()) return {};
    return value.dump();
}

}  // namespace mmscope
