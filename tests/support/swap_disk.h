// SPDX-License-Identifier: GPL-2.0-or-later
// An empty swap area on a disk in memory, as mkswap makes it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "tests/unit/devices/memory_disk.h"

namespace mmscope::test {

class SwapDisk {
  public:
    static constexpr uint32_t kBytes = 32u << 20, kPageBytes = 4096;

    SwapDisk() {
        constexpr uint32_t kHeader = kPageBytes / mmscope::kSectorSize;
        for (uint32_t i = 0; i < kHeader; i++)
            std::ranges::fill(medium.sector(i), uint8_t{0});
        const uint32_t header[] = {1, kBytes / kPageBytes - 1, 0};  // version, last page, bad pages
        std::memcpy(medium.sector(2).data(), header, sizeof header);
        std::memcpy(medium.sector(kHeader - 1).data() + mmscope::kSectorSize - 10, "SWAPSPACE2", 10);
    }

    MemoryDisk medium{kBytes / mmscope::kSectorSize};
};

}  // namespace mmscope::test
