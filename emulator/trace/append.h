// SPDX-License-Identifier: GPL-2.0-or-later
// How the text formats build a record: by appending to one string. Numbers do without a format string: they
// are most of a record, and a record is written for each page fault.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace mmscope {

template <class... Args>
void add(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

inline void add_number(std::string& out, uint64_t number) {
    const fmt::format_int digits(number);
    out.append(digits.data(), digits.size());
}

/// 0x and eight digits.
inline void add_hex(std::string& out, uint32_t number) {
    char text[] = "0x00000000";
    for (int at = 9; number != 0; --at, number >>= 4)
        text[at] = "0123456789abcdef"[number & 15];
    out.append(text, 10);
}

}  // namespace mmscope
