// SPDX-License-Identifier: GPL-2.0-or-later
// Swap areas.
#pragma once

enum { SWAP_FLAG_PREFER = 0x8000, SWAP_FLAG_PRIO_MASK = 0x7FFF };

extern "C" {
/// `path` is a disk with an area that mkswap has made. With SWAP_FLAG_PREFER the low bits are its priority:
/// areas of higher priority are filled first.
int swapon(const char* path, int flags);
/// Returns when every page is back in memory.
int swapoff(const char* path);
}
