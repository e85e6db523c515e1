// SPDX-License-Identifier: GPL-2.0-or-later
// Values of a JSON object as a row has them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mmscope {

/// Nothing for null, and for arrays and objects, which no record of ours holds: a file's may be nested
/// without end.
inline std::string words_of(const nlohmann::ordered_json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null() || value.is_structured()) return {};
    return value.dump();
}

}  // namespace mmscope
