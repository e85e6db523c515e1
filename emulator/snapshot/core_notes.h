// SPDX-License-Identifier: GPL-2.0-or-later
// The notes of a snapshot: those that other tools know, and our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "snapshot/snapshot.h"

namespace mmscope {

/// What names a file's contents.
struct CoreCheck {
    uint64_t ram = 0;    // PageChecksum by page of RAM
    uint64_t notes = 0;  // checksum() of all notes before this one
    friend bool operator==(const CoreCheck&, const CoreCheck&) = default;
};

/// A file that holds only what was written since another one.
struct CoreIncrement {
    std::string parent;           // the other file's name, in the same folder
    CoreCheck check;              // its own
    std::vector<uint32_t> pages;  // by number, ascending: what the file holds
};

/// All notes of a snapshot, each padded as the ABI wants, but for CoreNote::Check. Null: it is complete.
std::vector<std::byte> write_notes(const Snapshot& snapshot, const CoreIncrement* increment = nullptr);
std::vector<std::byte> write_check(const CoreCheck& check);
/// The size of write_check()'s result, which ends the notes.
inline constexpr size_t kCheckNoteSize = 12 + 8 + 16;

/// Reads what write_notes() and write_check() wrote and trusts none of it. Error: what is wrong with which
/// note; a note is missing, comes twice, is cut off, or belongs to another version.
struct CoreNotes {
    Snapshot snapshot;
    CoreCheck check;
    std::optional<CoreIncrement> increment;
};
Result<CoreNotes> read_notes(std::span<const std::byte> notes);

}  // namespace mmscope
