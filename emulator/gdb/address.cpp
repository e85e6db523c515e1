// SPDX-License-Identifier: GPL-2.0-or-later
// Where gdb is to connect, as the command line says it.
#include <fmt/format.h>

#include <charconv>

#include "gdb/server.h"

namespace mmscope {

Result<GdbAddress> parse_gdb_address(std::string_view text) {
    GdbAddress address;
    const size_t colon = text.rfind(':');
    const std::string_view port = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    const char* const end = port.data() + port.size();
    const auto [stop, status] = std::from_chars(port.data(), end, address.port);
    if (port.empty() || status != std::errc{} || stop != end)
        return fail(fmt::format("found '{}', expected :PORT or HOST:PORT, PORT from 0 to 65535", text));
    if (colon > 0) address.host = text.substr(0, colon);
    return address;
}

}  // namespace mmscope
