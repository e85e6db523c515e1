// SPDX-License-Identifier: GPL-2.0-or-later
// Strict parsing of disk errors.
#include "app/bad_sectors.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace mmscope {
namespace {

constexpr uint32_t kLastSector = (1u << 28) - 1;

/// Takes `word` and a colon off the front.
bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word) || text.size() == word.size() || text[word.size()] != ':') return false;
    text.remove_prefix(word.size() + 1);
    return true;
}

std::optional<uint32_t> parse_sector(std::string_view text) {
    uint32_t number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (status != std::errc{} || end != text.data() + text.size() || number > kLastSector)
        return std::nullopt;
    return number;
}

}  // namespace

Result<BadRange> parse_bad_range(std::string_view text) {
    const auto refused =
        fail(fmt::format("found \"{}\", expected [DISK:]ACCESS:FIRST[-LAST] such as "
                         "\"write:1200-1300\" or \"hdb:read:5\", sectors in decimal, FIRST not "
                         "above LAST, LAST at most {}",
                         text, kLastSector));
    BadRange range;
    if (take(text, "hdb"))
        range.unit = 1;
    else
        take(text, "hda");
    if (take(text, "read"))
        range.sectors.access = BadSectors::Access::Read;
    else if (take(text, "write"))
        range.sectors.access = BadSectors::Access::Write;
    else
        return refused;
    const size_t dash = text.find('-');
    const auto first = parse_sector(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_sector(text.substr(dash + 1));
    if (!first || !last || *first > *last) return refused;
    range.sectors.first = *first;
    range.sectors.end = *last + 1;
    return range;
}

}  // namespace mmscope
