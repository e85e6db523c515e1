// SPDX-License-Identifier: GPL-2.0-or-later
// The disks of the primary ATA channel: /dev/hda and /dev/hdb.
#pragma once

/// Looks for both devices and registers those that are disks. May sleep; a channel without devices costs
/// nothing. Task context, at boot.
void ide_init();
