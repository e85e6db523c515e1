// SPDX-License-Identifier: GPL-2.0-or-later
// A row whose machine has an empty ext2 file system on its first disk, which the guest mounts at /mnt. What
// is on the disk at a moment is read by debugfs, not by anything of this project.
#pragma once

#include <string>

#include "tests/rows/row_run.h"
#include "tests/support/child_process.h"
#include "tests/unit/devices/memory_disk.h"

namespace mmscope::test {

/// False on a host without e2fsprogs: such a test is skipped.
bool have_ext2_tools();

class Ext2Row : public Row {
  public:
    Ext2Row();

    /// The bytes that a file has on the disk now, without what is only in the guest's memory. `name` begins
    /// at the file system's root. Fails the test if there is no such file.
    [[nodiscard]] std::string bytes_on_disk(const std::string& name);

  private:
    static constexpr unsigned kMib = 8;

    TemporaryFolder folder_;
    MemoryDisk disk_{(kMib << 20) / kSectorSize};
};

}  // namespace mmscope::test
