// SPDX-License-Identifier: GPL-2.0-or-later
// Saving a snapshot as an ELF core.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "machine/physical_memory.h"
#include "snapshot/core_notes.h"
#include "snapshot/snapshot.h"

namespace mmscope {

/// The file is there whole, on the disk, or as before. RAM of zeros becomes holes. A name that ends in .zst:
/// compressed page by page (seekable.h). The same machine gives the same bytes. With `increment` the file
/// holds its pages only, unless they are too scattered. The result names the whole machine. Error: "PATH:
/// cannot write: why".
Result<CoreCheck> save_core(const std::filesystem::path& path, const Snapshot& snapshot,
                            const PhysicalMemory& memory, const CoreIncrement* increment = nullptr);

}  // namespace mmscope
