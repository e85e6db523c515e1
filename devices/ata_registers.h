// SPDX-License-Identifier: GPL-2.0-or-later
// The register file of an ATA device (ATA/ATAPI-6, clause 7) and the bits in it.
#pragma once

#include <cstdint>

namespace mmscope {

/// By offset from the command block's first port. Reading and writing mean different registers at three of
/// them.
enum class AtaRegister : uint8_t {
    Data,
    ErrorFeatures,
    SectorCount,
    LbaLow,
    LbaMid,
    LbaHigh,
    Device,
    StatusCommand,
};

namespace ata {

inline constexpr uint8_t kErr = 0x01, kDrq = 0x08, kSeekComplete = 0x10, kDf = 0x20, kDrdy = 0x40,
                         kBsy = 0x80;
inline constexpr uint8_t kAbrt = 0x04, kIdnf = 0x10, kUnc = 0x40;  // error register
inline constexpr uint8_t kDev = 0x10, kLba = 0x40;                 // device register
inline constexpr uint8_t kNien = 0x02, kSrst = 0x04;               // device control register

}  // namespace ata
}  // namespace mmscope
