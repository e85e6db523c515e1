// SPDX-License-Identifier: GPL-2.0-or-later
// Strict parsing of quantities: no blanks, no signs, no unit left out, no silent overflow.
#include "app/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>

namespace mmscope {
namespace {

struct Unit {
    std::string_view name;
    uint64_t factor;
};

constexpr std::array<Unit, 4> kSizeUnits = {
    {{"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}}};
constexpr std::array<Unit, 5> kTimeUnits = {
    {{"min", 60'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}}};

Result<uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units,
                                std::string_view expected) {
    uint64_t number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view suffix(end, static_cast<size_t>(text.data() + text.size() - end));
    if (status == std::errc::invalid_argument)
        return fail(fmt::format("found \"{}\", expected {}", text, expected));
    for (const Unit& unit : units) {
        if (unit.name != suffix) continue;
        uint64_t product = 0;
        if (status == std::errc::result_out_of_range ||
            __builtin_mul_overflow(number, unit.factor, &product)) {
            return fail(
                fmt::format("found \"{}\", which does not fit into 64 bits, expected {}", text, expected));
        }
        return product;
    }
    return fail(fmt::format("found \"{}\", expected {}", text, expected));
}

std::optional<uint64_t> parse_hexadecimal(std::string_view text) {
    if (!text.starts_with("0x")) return std::nullopt;
    text.remove_prefix(2);
    uint64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Result<uint64_t> parse_size(std::string_view text) {
    return parse_quantity(text, kSizeUnits, "a size such as \"64MiB\" (units: B, KiB, MiB, GiB)");
}

Result<uint64_t> parse_duration(std::string_view text) {
    return parse_quantity(text, kTimeUnits, "a time such as \"250ms\" (units: ns, us, ms, s, min)");
}

Result<AddressRange> parse_address_range(std::string_view text) {
    constexpr uint64_t kLargest = UINT32_MAX;
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
        const auto first = parse_hexadecimal(text.substr(0, dash));
        const auto end = parse_hexadecimal(text.substr(dash + 1));
        if (first && end && *first < *end && *end <= kLargest) {
            return AddressRange{static_cast<uint32_t>(*first), static_cast<uint32_t>(*end)};
        }
    }
    return fail(
        fmt::format("found \"{}\", expected a range FIRST-END such as \"0x8048000-0x804a000\", FIRST below "
                    "END, END at most 0xffffffff",
                    text));
}

std::string format_size(uint64_t size) {
    for (const Unit& unit : kSizeUnits) {
        if (size >= unit.factor && size % unit.factor == 0)
            return fmt::format("{}{}", size / unit.factor, unit.name);
    }
    return "0B";
}

std::string format_duration(uint64_t nanoseconds) {
    const uint64_t microseconds = nanoseconds / 1000;
    return fmt::format("{}.{:06} s", microseconds / 1'000'000, microseconds % 1'000'000);
}

}  // namespace mmscope
