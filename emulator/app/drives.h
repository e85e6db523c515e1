// SPDX-License-Identifier: GPL-2.0-or-later
// The disks that a configuration describes.
#pragma once

#include <cstddef>
#include <memory>

#include "app/config.h"
#include "base/error.h"
#include "machine/disk_image.h"

namespace mmscope {

using Drive = decltype(Config::disk)::Drive;

/// `unit` is 0 for hda, 1 for hdb.
[[nodiscard]] inline const Drive& drive_of(const Config& config, size_t unit) {
    return unit == 0 ? config.disk.hda : config.disk.hdb;
}

/// The disk of `unit`, or null. Error: the image is unfit, or keys speak of a disk that is not there, or of
/// sectors it does not have.
Result<std::unique_ptr<DiskImage>> open_drive(const Config& config, size_t unit);

}  // namespace mmscope
