// SPDX-License-Identifier: GPL-2.0-or-later
// Escapes of JSON (RFC 8259 section 7).
#include "trace/append_json.h"

namespace mmscope {

namespace {

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

void add_escaped(std::string& out, char c) {
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else {
        add(out, "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

}  // namespace

void json_string(std::string& out, std::string_view key, std::string_view text) {
    out += key;
    out += '"';
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        while (end < text.size() && is_plain(text[end]))
            ++end;
        out += text.substr(at, end - at);
        if (end < text.size()) add_escaped(out, text[end++]);
        at = end;
    }
    out += '"';
}

void json_field(std::string& out, const EventField& field) {
    out += ",\"";
    out += field.key;
    if (field.show == Show::Number) return json_number(out, "\":", field.value);
    json_string(out, "\":", field.text);
}

void json_hex(std::string& out, std::string_view key, uint32_t value) {
    out += key;
    out += '"';
    add_hex(out, value);
    out += '"';
}

}  // namespace mmscope
