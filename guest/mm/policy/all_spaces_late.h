// SPDX-License-Identifier: GPL-2.0-or-later
// The list of spaces as all_spaces has it, but that fork's child joins it when it is complete.
#pragma once

#include "mm/policy/all_spaces.h"

struct all_spaces_late : all_spaces {
    static void forking(mm_struct*, mm_struct*) {}
    static void forked(mm_struct* child, mm_struct* parent) { all_spaces::forking(child, parent); }
};
