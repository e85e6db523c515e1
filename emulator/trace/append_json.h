// SPDX-License-Identifier: GPL-2.0-or-later
// Members of JSON objects by hand: a record is written for each page fault.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trace/append.h"
#include "trace/event_record.h"

namespace mmscope {

// A key is given with all that stands before its value: ,"key":

/// Bytes that are not printable ASCII become \u00XX: it is valid JSON whatever the guest called its files.
void json_string(std::string& out, std::string_view key, std::string_view text);
/// "0x%08x"
void json_hex(std::string& out, std::string_view key, uint32_t value);

inline void json_number(std::string& out, std::string_view key, uint64_t value) {
    out += key;
    add_number(out, value);
}
/// ,"key":"words" or ,"key":number
void json_field(std::string& out, const EventField& field);

inline void json_null(std::string& out, std::string_view key) {
    out += key;
    out += "null";
}

}  // namespace mmscope
