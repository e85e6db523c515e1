// SPDX-License-Identifier: GPL-2.0-or-later
// A task dumps its space by itself (4.26): from then on the space cannot be dumped again, and its areas stand
// still while they are written; others who use it go on.
#pragma once

#include "kernel/sched.h"
#include "mm/mm_types.h"

struct lonely_dump {
    struct dump {};
    static void init(mm_struct*) {}
    static bool in_progress(const mm_struct*) { return false; }

    /// How many others use the space. mmap_sem, held for writing, is given up.
    static int stop_others(mm_struct* mm, dump*, int) {
        mm->dumpable = 0;
        up_write(&mm->mmap_sem);
        return atomic_read(&mm->mm_users) - 1;
    }
    static void let_go(mm_struct*) {}
    static void wait(mm_struct*) {}
    /// Whose registers stand still: the task that dumps.
    struct threads {
        explicit threads(const mm_struct*) : at(current) {}
        task_struct* next() {
            task_struct* task = at;
            at = nullptr;
            return task;
        }
        task_struct* at;
    };

    static void begin_areas(mm_struct* mm) { down_read(&mm->mmap_sem); }
    static void end_areas(mm_struct* mm) { up_read(&mm->mmap_sem); }
    static void begin_page(mm_struct*) {}
    static void end_page(mm_struct*) {}

    static void validate(const mm_struct*) {}
};
