// SPDX-License-Identifier: GPL-2.0-or-later
// What a disk drive turns its heads over: numbered sectors, wherever they are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mmscope {

inline constexpr size_t kSectorSize = 512;
using Sector = std::span<uint8_t, kSectorSize>;
using ConstSector = std::span<const uint8_t, kSectorSize>;

class DiskMedium {
  public:
    virtual ~DiskMedium() = default;
    /// At least one, at most 2^28 - 1: what 28-bit addresses reach.
    [[nodiscard]] virtual uint32_t sectors() const = 0;
    /// False: the medium is bad at this place. `number` is below sectors().
    [[nodiscard]] virtual bool read(uint32_t number, Sector data) = 0;
    [[nodiscard]] virtual bool write(uint32_t number, ConstSector data) = 0;
    /// What was written before stays through a loss of power. False: it could not be made so.
    [[nodiscard]] virtual bool flush() = 0;
};

}  // namespace mmscope
