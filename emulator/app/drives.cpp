// SPDX-License-Identifier: GPL-2.0-or-later
// Opens images, and finds keys that contradict each other.
#include "app/drives.h"

#include <fmt/format.h>

#include <array>

namespace mmscope {

Result<std::unique_ptr<DiskImage>> open_drive(const Config& config, size_t unit) {
    constexpr std::array kNames = {"hda", "hdb"};
    const Drive& drive = drive_of(config, unit);
    const char* const name = kNames[unit];
    if (drive.image.empty()) {
        if (!drive.save.empty()) return fail(fmt::format("disk.save_{}: there is no disk.{}", name, name));
        if (!drive.bad.empty()) return fail(fmt::format("disk.fail: there is no disk.{}", name));
        return nullptr;
    }
    auto disk = DiskImage::open(drive.image, config.disk.writes, drive.bad);
    if (!disk) return fail(fmt::format("disk.{}: {}", name, disk.error().message));
    for (const BadSectors& range : drive.bad) {
        if (range.end <= (*disk)->sectors()) continue;
        return fail(fmt::format("disk.fail: sector {}, but disk.{} has only {}", range.end - 1, name,
                                (*disk)->sectors()));
    }
    return disk;
}

}  // namespace mmscope
