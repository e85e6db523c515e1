// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/PID/maps: one line an area, in the format of Linux 2.6.28. The host's decoder prints the same lines
// from outside; the two are compared.
#include "fs/proc/internal.h"
#include "kernel/errno.h"
#include "mm/mm.h"

namespace {
constexpr int NAME_COLUMN = 49;  // where names begin: 25 + 6 * sizeof(void*)

/// What an area without a file is for, or null.
const char* arch_vma_name(const vm_area_struct* vma) {
    const mm_struct* mm = vma->vm_mm;
    if (syscall_page::is_at(vma)) return "[vdso]";
    if (vma->vm_start <= mm->brk && vma->vm_end >= mm->start_brk) return "[heap]";
    if (vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack) return "[stack]";
    return nullptr;
}

/// Spaces up to the column of names, at least one.
void pad_to_name(seq_file* m, size_t line_start) {
    const int length = static_cast<int>(m->count - line_start);
    const int padding = NAME_COLUMN - length;
    seq_printf(m, "%*c", padding < 1 ? 1 : padding, ' ');
}

}  // namespace

/// One pass holds the address space and its semaphore. The position is the address up to which areas were
/// shown.
void* maps_start(seq_file* m, loff_t* position) {
    m->private_data = nullptr;
    task_struct* task = get_proc_task(m->node);
    if (!task) return ERR_PTR(-ESRCH);
    mm_struct* mm = get_task_mm(task);
    put_task_struct(task);
    if (!mm) return nullptr;
    m->private_data = mm;
    down_read(&mm->mmap_sem);
    return find_vma(mm, static_cast<ulong>(*position));
}

void* maps_next(seq_file*, void* record, loff_t* position) {
    const vm_area_struct* vma = static_cast<vm_area_struct*>(record);
    *position = static_cast<loff_t>(vma->vm_end);
    return vma->vm_next;
}

void maps_stop(seq_file* m, void*) {
    mm_struct* mm = static_cast<mm_struct*>(m->private_data);
    if (!mm) return;
    up_read(&mm->mmap_sem);
    mmput(mm);
}

int maps_show(seq_file* m, void* record) {
    const vm_area_struct* vma = static_cast<vm_area_struct*>(record);
    const ulong flags = vma->vm_flags;
    const file* filp = vma->vm_file;
    const inode* node = filp ? filp->f_path.dentry->d_inode : nullptr;
    const size_t line_start = m->count;
    seq_printf(m, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %lu ", vma->vm_start, vma->vm_end,
               flags & VM_READ ? 'r' : '-', flags & VM_WRITE ? 'w' : '-', flags & VM_EXEC ? 'x' : '-',
               flags & VM_MAYSHARE ? 's' : 'p', static_cast<u64>(vma->vm_pgoff) << PAGE_SHIFT,
               node ? node->i_dev >> 8 : 0, node ? node->i_dev & 0xFF : 0, node ? node->i_ino : 0);
    if (filp) {
        pad_to_name(m, line_start);
        seq_path(m, filp->f_path.dentry);
    } else if (const char* name = arch_vma_name(vma)) {
        pad_to_name(m, line_start);
        seq_puts(m, name);
    }
    seq_putc(m, '\n');
    return 0;
}

namespace {
constexpr seq_operations maps_records{maps_start, maps_next, maps_stop, maps_show};
int open_maps(inode* node, file* filp) {
    return seq_open(node, filp, &maps_records, nullptr);
}
}  // namespace

const file_operations proc_maps_operations{
    .open = open_maps, .release = seq_release, .read = seq_read, .llseek = seq_llseek};
