// SPDX-License-Identifier: GPL-2.0-or-later
// What /proc reads out of an address space: sizes, statm, the command line, the auxiliary vector.
#include "arch/pgtable.h"
#include "fs/proc/internal.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/internal.h"

namespace {
constexpr ulong KIB_PER_PAGE = PAGE_SIZE / 1024;
constexpr size_t LONGEST_STRINGS = PAGE_SIZE;  // more is cut off, as in Linux 2.6.28
}  // namespace

/// Memory of a device has no frames to look at: its driver may move the bytes. Bytes, or 0.
static size_t access_by_driver(mm_struct* mm, ulong at, void* buffer, size_t count) {
    vm_area_struct* vma = find_vma(mm, at);
    if (!vma || vma->vm_start > at) return 0;
    const int moved = area_operations::access(vma, at, buffer, static_cast<int>(count), 0);
    return moved > 0 ? static_cast<size_t>(moved) : 0;
}

size_t access_process_vm(mm_struct* mm, ulong address, void* buffer, size_t count) {
    size_t done = 0;
    down_read(&mm->mmap_sem);
    while (done < count) {
        const ulong at = address + done;
        const size_t piece = min<size_t>(count - done, PAGE_SIZE - (at & ~PAGE_MASK));
        page* frame = at < TASK_SIZE ? get_user_page(mm, at, 0) : ERR_PTR<page>(-EFAULT);
        if (IS_ERR(frame)) {
            const size_t moved = access_by_driver(mm, at, static_cast<char*>(buffer) + done, piece);
            if (moved == 0) break;
            done += moved;
            continue;
        }
        memcpy(static_cast<char*>(buffer) + done, static_cast<char*>(page_address(frame)) + (at & ~PAGE_MASK),
               piece);
        put_page(frame);
        done += piece;
    }
    up_read(&mm->mmap_sem);
    return done;
}

mm_sizes get_mm_sizes(const mm_struct* mm) {
    const ulong rss = get_mm_rss(mm);
    const ulong text = PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK);
    mm_sizes s{};
    s.peak = area_stats::peak_vm(mm) * KIB_PER_PAGE;
    s.size = (mm->total_vm - area_stats::reserved(mm)) * KIB_PER_PAGE;
    s.locked = mm->locked_vm * KIB_PER_PAGE;
    s.high_water = area_stats::peak_rss(mm) * KIB_PER_PAGE;
    s.rss = rss * KIB_PER_PAGE;
    s.data = (area_stats::data(mm) - area_stats::stack(mm)) * KIB_PER_PAGE;
    s.stack = area_stats::stack(mm) * KIB_PER_PAGE;
    s.executable = text / 1024;
    s.library = area_stats::code(mm) * KIB_PER_PAGE - s.executable;
    s.page_tables = page_tables::count(mm) * KIB_PER_PAGE;
    return s;
}

/// Pages: size, resident, shared (file-backed resident), text, 0, data and stack, 0.
int proc_pid_statm(seq_file* m, task_struct* task) {
    mm_struct* mm = get_task_mm(task);
    if (!mm) {
        seq_puts(m, "0 0 0 0 0 0 0\n");
        return 0;
    }
    const ulong text = (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT;
    seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", mm->total_vm, get_mm_rss(mm), rss_counters::shared(mm), text,
               area_stats::data(mm));
    mmput(mm);
    return 0;
}

/// The strings in [start, end) of the user space, which mm_struct's members name.
static int show_strings(seq_file* m, task_struct* task, ulong mm_struct::*start, ulong mm_struct::*end) {
    mm_struct* mm = get_task_mm(task);
    if (!mm) return 0;
    char* text = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0));
    if (!text) {
        mmput(mm);
        return -ENOMEM;
    }
    const ulong from = mm->*start, to = mm->*end;
    const size_t length = to > from ? min<size_t>(to - from, LONGEST_STRINGS) : 0;
    seq_write(m, text, access_process_vm(mm, from, text, length));
    free_page(reinterpret_cast<ulong>(text));
    mmput(mm);
    return 0;
}

int proc_pid_cmdline(seq_file* m, task_struct* task) {
    return show_strings(m, task, &mm_struct::arg_start, &mm_struct::arg_end);
}
int proc_pid_environ(seq_file* m, task_struct* task) {
    return show_strings(m, task, &mm_struct::env_start, &mm_struct::env_end);
}

/// The vector with its terminating pair.
int proc_pid_auxv(seq_file* m, task_struct* task) {
    mm_struct* mm = get_task_mm(task);
    if (!mm) return 0;
    const ulong* vector = aux_vector::get(mm);
    unsigned words = 0;
    while (words + 2 <= aux_vector::words) {
        words += 2;
        if (vector[words - 2] == 0) break;
    }
    seq_write(m, vector, words * sizeof(ulong));
    mmput(mm);
    return 0;
}
