// SPDX-License-Identifier: GPL-2.0-or-later
// Disk errors as people write them: "write:1200-1300", "hdb:read:5".
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "machine/disk_image.h"

namespace mmscope {

struct BadRange {
    unsigned unit = 0;  // 0: hda, 1: hdb
    BadSectors sectors{};
};

/// [DISK:]ACCESS:FIRST[-LAST]: DISK is hda (the default) or hdb, ACCESS read or write, sectors in decimal,
/// LAST included, at most 268435455.
Result<BadRange> parse_bad_range(std::string_view text);

}  // namespace mmscope
