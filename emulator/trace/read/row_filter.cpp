// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/read/row_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "trace/event_names.h"

namespace mmscope {

namespace {

constexpr std::string_view kAnd = " and ", kBlanks = " \t";

std::string_view trim(std::string_view text) {
    const size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace

Result<RowFilter> RowFilter::parse(std::string_view text) {
    RowFilter filter;
    for (size_t start = 0; start <= text.size();) {
        const size_t end = std::min(text.find(kAnd, start), text.size());
        auto condition = parse_condition(trim(text.substr(start, end - start)));
        if (!condition) return std::unexpected(condition.error());
        filter.conditions_.push_back(std::move(*condition));
        start = end + (end == text.size() ? 1 : kAnd.size());
    }
    return filter;
}

Result<RowFilter::Condition> RowFilter::parse_condition(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, Operator>, 7> kOperators = {
        {{"!=", Operator::Unequal},
         {"<=", Operator::AtMost},
         {">=", Operator::AtLeast},
         {"=", Operator::Equal},
         {"<", Operator::Less},
         {">", Operator::Greater},
         {"~", Operator::Contains}}};
    const size_t at = text.find_first_of("!=<>~");
    for (const auto& [sign, how] : kOperators) {
        if (at == std::string_view::npos || !text.substr(at).starts_with(sign)) continue;
        const std::string key(trim(text.substr(0, at))), value(trim(text.substr(at + sign.size())));
        const bool wants_number =
            how != Operator::Equal && how != Operator::Unequal && how != Operator::Contains;
        if (key.empty()) break;
        if (wants_number && !parse_number(value))
            return fail(fmt::format("'{}': {} compares numbers, found '{}'", text, sign, value));
        return Condition{key, value, how};
    }
    return fail(fmt::format("'{}': expected KEY=VALUE, or !=, <, <=, >, >= or ~ instead of =", text));
}

bool RowFilter::Condition::holds(std::string_view found) const {
    const auto number = parse_number(value), own = parse_number(found);
    const bool numbers = number && own;
    switch (how) {
        case Operator::Equal:
            return numbers ? *own == *number : chooses(value, found);
        case Operator::Unequal:
            return numbers ? *own != *number : !chooses(value, found);
        case Operator::Less:
            return numbers && *own < *number;
        case Operator::AtMost:
            return numbers && *own <= *number;
        case Operator::Greater:
            return numbers && *own > *number;
        case Operator::AtLeast:
            return numbers && *own >= *number;
        case Operator::Contains:
            return found.find(value) != std::string_view::npos && !found.empty();
    }
    return false;
}

bool RowFilter::fits(const TraceRow& row) const {
    return std::ranges::all_of(conditions_, [&](const Condition& condition) {
        const std::string_view found = row.get(condition.key);
        return found.empty() ? condition.how == Operator::Unequal : condition.holds(found);
    });
}

}  // namespace mmscope
