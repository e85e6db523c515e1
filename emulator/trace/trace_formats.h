// SPDX-License-Identifier: GPL-2.0-or-later
// The formats of a trace, named by extension; the configuration knows them without the sinks.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace mmscope {

inline constexpr std::array<std::string_view, 4> kTraceFormats = {".jsonl", ".csv", ".sqlite", ".json"};

inline bool is_trace_format(std::string_view extension) {
    return std::ranges::find(kTraceFormats, extension) != kTraceFormats.end();
}

/// ".jsonl, .csv, ... or .json"
inline std::string trace_formats_in_words() {
    std::string words;
    for (size_t i = 0; i < kTraceFormats.size(); ++i) {
        if (i != 0) words += i + 1 == kTraceFormats.size() ? " or " : ", ";
        words += kTraceFormats[i];
    }
    return words;
}

}  // namespace mmscope
