// SPDX-License-Identifier: GPL-2.0-or-later
// Loading a snapshot: whatever the file holds, the answer is the machine that was saved, or a refusal.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "machine/physical_memory.h"
#include "snapshot/core_notes.h"
#include "snapshot/snapshot.h"

namespace mmscope {

struct LoadedCore {
    Snapshot snapshot;
    std::unique_ptr<PhysicalMemory> memory;
    CoreCheck check;  // names it
};

/// A core, or a compressed one (core_file.h); with a file that holds only what was written since another one,
/// that one, too. Takes memory for the RAM that the notes tell of, once their checksum is right. Error:
/// "PATH: what is wrong": unreadable, no ELF core of an i386, not written by emu, of another version,
/// truncated, damaged (checksums), or made from another file than the one that is there.
Result<LoadedCore> load_core(const std::filesystem::path& path);

}  // namespace mmscope
