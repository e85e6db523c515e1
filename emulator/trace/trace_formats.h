// SPDX-License-Identifier: GPL-2.0-or-later
// The formats of a trace, named by extension; the configuration knows them without the sinks.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace mmscope {

inline constexpr std::array<std::string_view, 4> kTraceFormats = {".jsonl", ".csv", ".sqlite", ".json"};

inline constexpr std::string_view kCompressed = ".zst";  // behind any of them

/// The format that a name's extension tells; empty: none of them.
inline std::string_view trace_format_of(std::string_view name) {
    if (name.ends_with(kCompressed)) name.remove_suffix(kCompressed.size());
    const auto fits = [&](std::string_view format) { return name.ends_with(format); };
    const auto format = std::ranges::find_if(kTraceFormats, fits);
    return format == kTraceFormats.end() ? std::string_view() : *format;
}

/// ".jsonl, .csv, ... or .json, each also with .zst"
inline std::string trace_formats_in_words() {
    std::string words;
    for (size_t i = 0; i < kTraceFormats.size(); ++i) {
        if (i != 0) words += i + 1 == kTraceFormats.size() ? " or " : ", ";
        words += kTraceFormats[i];
    }
    return words + ", each also with .zst";
}

}  // namespace mmscope
