// SPDX-License-Identifier: GPL-2.0-or-later
// The file behind /proc/PID/exe: held while the program has VM_EXECUTABLE areas of it (4.28).
#include "fs/fs.h"
#include "mm/internal.h"

void added_exe_file_vma(mm_struct* mm) {
    mm->num_exe_file_vmas++;
}

void removed_exe_file_vma(mm_struct* mm) {
    mm->num_exe_file_vmas--;
    if (mm->num_exe_file_vmas == 0 && mm->exe_file) {
        fput(mm->exe_file);
        mm->exe_file = nullptr;
    }
}

void set_mm_exe_file(mm_struct* mm, file* new_exe_file) {
    if (new_exe_file) get_file(new_exe_file);
    if (mm->exe_file) fput(mm->exe_file);
    mm->exe_file = new_exe_file;
    mm->num_exe_file_vmas = 0;
}

/// The count was inherited with the copy of the descriptor.
void dup_mm_exe_file(mm_struct* oldmm, mm_struct* newmm) {
    newmm->exe_file = oldmm->exe_file;
    if (newmm->exe_file) get_file(newmm->exe_file);
}
