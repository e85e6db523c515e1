// SPDX-License-Identifier: GPL-2.0-or-later
// A disk medium in memory with bad places.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "devices/disk_medium.h"

namespace mmscope {

class MemoryDisk final : public DiskMedium {
  public:
    /// Each byte of a sector tells the sector's number.
    explicit MemoryDisk(uint32_t sectors) : bytes_(size_t{sectors} * kSectorSize) {
        for (size_t i = 0; i < bytes_.size(); ++i)
            bytes_[i] = static_cast<uint8_t>(i / kSectorSize * 7 + i % kSectorSize);
    }
    [[nodiscard]] uint32_t sectors() const override {
        return static_cast<uint32_t>(bytes_.size() / kSectorSize);
    }
    [[nodiscard]] bool read(uint32_t number, Sector data) override {
        if (unreadable.contains(number)) return false;
        std::ranges::copy(sector(number), data.begin());
        return true;
    }
    [[nodiscard]] bool write(uint32_t number, ConstSector data) override {
        if (unwritable.contains(number)) return false;
        std::ranges::copy(data, sector(number).begin());
        return true;
    }
    [[nodiscard]] bool flush() override {
        ++flushes;
        return flush_works;
    }
    [[nodiscard]] std::span<uint8_t> sector(uint32_t number) {
        return std::span(bytes_).subspan(size_t{number} * kSectorSize, kSectorSize);
    }

    std::set<uint32_t> unreadable, unwritable;
    int flushes = 0;
    bool flush_works = true;

  private:
    std::vector<uint8_t> bytes_;
};

}  // namespace mmscope
