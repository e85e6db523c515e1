// SPDX-License-Identifier: GPL-2.0-or-later
// Disk images for the guest's tests, and how a machine gets them.
#pragma once

#include <string>
#include <vector>

namespace mmscope::test {

constexpr unsigned kSectorSize = 512;

/// The bytes that /tests/disk expects to find: each sector tells its own number.
std::string patterned_disk(unsigned sectors);

/// QEMU's arguments for a raw image as device `index` (0: hda, 1: hdb).
std::vector<std::string> qemu_disk(const std::string& path, unsigned index);
/// The same as hda, on which reading sector `unreadable` and writing sector `unwritable` fail.
std::vector<std::string> qemu_bad_disk(const std::string& path, unsigned unreadable, unsigned unwritable);

}  // namespace mmscope::test
