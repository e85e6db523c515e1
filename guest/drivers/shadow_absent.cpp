// SPDX-License-Identifier: GPL-2.0-or-later
// Editions that tell nobody of changes to page tables have nothing that /dev/shadow could show.
#include "drivers/char_devices.h"
#include "fs/fs.h"
#include "kernel/errno.h"

namespace {

int open_shadow(inode*, file*) {
    return -ENODEV;
}

}  // namespace

const file_operations shadow_operations{.open = open_shadow};
