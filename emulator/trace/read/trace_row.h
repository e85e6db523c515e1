// SPDX-License-Identifier: GPL-2.0-or-later
// A record of a trace as it is read back: keys and words, the same whatever the file's format
// (docs/trace.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mmscope {

/// Numbers are decimal, addresses 0x and eight digits. What is not known is not there.
struct TraceRow {
    std::vector<std::pair<std::string, std::string>> values;

    [[nodiscard]] std::string_view get(std::string_view key) const;
    void add(std::string key, std::string value);  // unless the value is empty
    /// The order of docs/trace.md; what only some events have keeps its own.
    void arrange();
};

/// Decimal, or hexadecimal after 0x. None: it is no number of 64 bits.
std::optional<uint64_t> parse_number(std::string_view text);

}  // namespace mmscope
