// SPDX-License-Identifier: GPL-2.0-or-later
// The program's file goes with the last area of it.
#include "mm/policy/exe_file_count.h"

#include "fs/fs.h"
#include "mm/audit.h"

void exe_file_count::drop_one(mm_struct* mm) {
    mm->num_exe_file_vmas--;
    if (mm->num_exe_file_vmas == 0 && mm->exe_file) {
        fput(mm->exe_file);
        mm->exe_file = nullptr;
    }
}

void exe_file_count::set(mm_struct* mm, file* program) {
    if (program) get_file(program);
    if (mm->exe_file) fput(mm->exe_file);
    mm->exe_file = program;
    mm->num_exe_file_vmas = 0;
}

void exe_file_count::fork(const mm_struct* oldmm, mm_struct* mm) {
    mm->exe_file = oldmm->exe_file;
    if (mm->exe_file) get_file(mm->exe_file);
}

file* exe_file_count::find(mm_struct* mm) {
    return mm->exe_file ? get_file(mm->exe_file) : nullptr;
}

#ifdef CONFIG_DEBUG_VM

void exe_file_count::validate(const mm_struct* mm, ulong areas) {
    if (!mm->exe_file || !mm->num_exe_file_vmas) return;
    require_equal("INV-41", mm, "num_exe_file_vmas", mm->num_exe_file_vmas, areas);
}

#endif
