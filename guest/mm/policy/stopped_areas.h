// SPDX-License-Identifier: GPL-2.0-or-later
// Whoever dumps a space has stopped all others who could change its areas: they stand still while they are
// written; for a page that has to be brought in mmap_sem is taken.
#pragma once

#include "mm/mm_types.h"

struct stopped_areas {
    static void begin_areas(mm_struct*) {}
    static void end_areas(mm_struct*) {}
    static void begin_page(mm_struct* mm) { down_read(&mm->mmap_sem); }
    static void end_page(mm_struct* mm) { up_read(&mm->mmap_sem); }
};
