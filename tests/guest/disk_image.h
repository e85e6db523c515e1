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

/// By guest/mkswap.sh and guest/mkext2.sh (which needs e2fsprogs): an empty swap area; an ext2 file system
/// with what `folder` holds. A failure of theirs is a failure of the test.
void make_swap_image(const std::string& path, unsigned mib);
void make_ext2_image(const std::string& path, unsigned mib, const std::string& folder);

/// emu's arguments that give a key a path, such as disk.hda.
std::vector<std::string> set_path(const std::string& key, const std::string& path);

}  // namespace mmscope::test
