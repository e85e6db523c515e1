// SPDX-License-Identifier: GPL-2.0-or-later
// JSON as the commands write it: schema "mmscope.inspect", one line, addresses as strings "0xc0123400".
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "introspect/models.h"

namespace mmscope {

using InspectJson = nlohmann::ordered_json;

inline std::string hex_word(uint32_t value) {
    return fmt::format("0x{:08x}", value);
}
inline std::string hex_word(LinearAddr address) {
    return hex_word(address.value);
}

/// The head that all answers share; what a command has to say is added to it.
inline InspectJson inspect_document(std::string_view command, const MachineMoment& moment) {
    return {{"schema", "mmscope.inspect"},
            {"version", 1},
            {"command", command},
            {"time_ns", moment.time.ns},
            {"instructions", moment.instructions}};
}

/// Names come from the guest and need not be UTF-8: what is not becomes U+FFFD.
inline std::string json_line(const InspectJson& json) {
    return json.dump(-1, ' ', false, InspectJson::error_handler_t::replace) + '\n';
}

/// "! problem" a line, as all views print damage.
inline void add_problem_lines(std::string& out, const std::vector<std::string>& problems) {
    for (const std::string& problem : problems)
        out += "! " + problem + '\n';
}

}  // namespace mmscope
