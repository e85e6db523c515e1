// SPDX-License-Identifier: GPL-2.0-or-later
// Cores around notes that come from a fuzzer: their checksums are right, so that what lies behind is reached.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/checksum.h"
#include "snapshot/core_layout.h"
#include "snapshot/core_notes.h"

namespace mmscope::test {

inline std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// With the note that ends them; of a machine whose RAM is all zero.
inline std::string checked_notes(std::string_view notes) {
    const auto bytes = std::as_bytes(std::span(notes));
    return std::string(notes) +
           text_of(write_check({.ram = PageChecksum().value(), .notes = checksum(bytes)}));
}

inline Result<CoreNotes> read_checked(std::string_view notes) {
    const std::string all = checked_notes(notes);
    return read_notes(std::as_bytes(std::span(all)));
}

}  // namespace mmscope::test
