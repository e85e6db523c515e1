// SPDX-License-Identifier: GPL-2.0-or-later
// No space is spared by reclaim.
#pragma once

#include "mm/mm_types.h"

struct no_token {
    static void fork(mm_struct*) {}
    static void grab() {}
    static bool held_by(const mm_struct*) { return false; }
    static void put(mm_struct*) {}
    static void disable() {}
    static void validate(const mm_struct*) {}
};
