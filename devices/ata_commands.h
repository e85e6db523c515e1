// SPDX-License-Identifier: GPL-2.0-or-later
// The command codes an ATA disk without packets, DMA and 48-bit addresses knows (ATA/ATAPI-6, clause 8; the
// obsolete ones as in ATA-3, X3T10 2008D).
#pragma once

#include <cstdint>

namespace mmscope {

enum class AtaCommand : uint8_t {
    kNop = 0x00,
    kRecalibrate = 0x10,  // to 0x1f
    kReadSectors = 0x20,
    kReadSectorsOnce = 0x21,
    kWriteSectors = 0x30,
    kWriteSectorsOnce = 0x31,
    kReadVerify = 0x40,
    kReadVerifyOnce = 0x41,
    kSeek = 0x70,  // to 0x7f
    kExecuteDiagnostic = 0x90,
    kInitializeParameters = 0x91,
    kReadMultiple = 0xc4,
    kWriteMultiple = 0xc5,
    kSetMultiple = 0xc6,
    kStandbyImmediate = 0xe0,
    kIdleImmediate = 0xe1,
    kStandby = 0xe2,
    kIdle = 0xe3,
    kCheckPowerMode = 0xe5,
    kSleep = 0xe6,
    kFlushCache = 0xe7,
    kIdentify = 0xec,
    kSetFeatures = 0xef,
};

}  // namespace mmscope
