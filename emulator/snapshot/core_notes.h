// SPDX-License-Identifier: GPL-2.0-or-later
// The notes of a snapshot: those that other tools know, and our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "snapshot/snapshot.h"

namespace mmscope {

/// All notes of a snapshot, each padded as the ABI wants, but for CoreNote::Check.
std::vector<std::byte> write_notes(const Snapshot& snapshot);
/// CoreNote::Check over the header and `before`, the notes that precede it.
struct CoreCheck {
    uint64_t ram = 0;    // PageChecksum by page of RAM
    uint64_t notes = 0;  // checksum() of all notes before this one
};
std::vector<std::byte> write_check(const CoreCheck& check);
/// The size of write_check()'s result, which ends the notes.
inline constexpr size_t kCheckNoteSize = 12 + 8 + 16;

/// Reads what write_notes() and write_check() wrote and trusts none of it. Error: what is wrong with which
/// note; a note is missing, comes twice, is cut off, or belongs to another version.
struct CoreNotes {
    Snapshot snapshot;
    CoreCheck check;
};
Result<CoreNotes> read_notes(std::span<const std::byte> notes);

}  // namespace mmscope
