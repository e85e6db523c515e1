// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/read/trace_row.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mmscope {

namespace {

constexpr std::array<std::string_view, 28> kInFront = {
    "event",       "sequence", "time_ns", "instructions", "pid",   "tgid",      "comm",
    "mm",          "function", "start",   "end",          "cr2",   "eip",       "cpl",
    "instruction", "symbol",   "access",  "error_code",   "error", "vma_start", "vma_end",
    "vma_flags",   "vma_name", "file",    "offset",       "kind",  "outcome",   "pte_before"};
constexpr std::array<std::string_view, 4> kAtTheEnd = {"pte_after", "frame", "duration_ns", "note"};

size_t rank_of(std::string_view key) {
    const auto front = std::ranges::find(kInFront, key);
    if (front != kInFront.end()) return static_cast<size_t>(front - kInFront.begin());
    const auto back = std::ranges::find(kAtTheEnd, key);
    return kInFront.size() +
           (back == kAtTheEnd.end() ? 0 : 1 + static_cast<size_t>(back - kAtTheEnd.begin()));
}

}  // namespace

std::string_view TraceRow::get(std::string_view key) const {
    const auto it = std::ranges::find(values, key, &std::pair<std::string, std::string>::first);
    return it == values.end() ? std::string_view() : std::string_view(it->second);
}

void TraceRow::add(std::string key, std::string value) {
    if (!value.empty()) values.emplace_back(std::move(key), std::move(value));
}

void TraceRow::arrange() {
    std::ranges::stable_sort(values, {}, [](const auto& value) { return rank_of(value.first); });
}

std::optional<uint64_t> parse_number(std::string_view text) {
    const int base = text.starts_with("0x") ? 16 : 10;
    if (base == 16) text.remove_prefix(2);
    uint64_t number = 0;
    const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (status != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace mmscope
