// SPDX-License-Identifier: GPL-2.0-or-later
// What stopping a space for its dump takes, in whatever way it then waits (core_dumping).
#pragma once

#include "mm/mm_types.h"

/// Kills everybody else who uses current's mm: how many will stop in exit_mm, or -EAGAIN: the process ends or
/// changes its program already. Nobody leaves the mm unseen: exit_mm needs mmap_sem, which is held for
/// writing.
int zap_threads(const mm_struct* mm, int exit_code);
/// The parent that waits for current's exec or end may be among those who must stop.
void release_vfork_parent();
