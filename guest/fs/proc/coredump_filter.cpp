// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/PID/coredump_filter: which kinds of areas a core dump of the process has, as bits in hexadecimal.
#include "arch/uaccess.h"
#include "fs/proc/internal.h"
#include "kernel/errno.h"
#include "mm/mm.h"

namespace {

mm_struct* mm_of(const inode* node) {
    task_struct* task = get_proc_task(node);
    if (!task) return nullptr;
    mm_struct* mm = get_task_mm(task);
    put_task_struct(task);
    return mm;
}

int show_filter(seq_file* m, void*) {
    mm_struct* mm = mm_of(m->node);
    if (!mm) return 0;
    seq_printf(m, "%08lx\n", dump_permission::filter(mm) >> MMF_DUMP_FILTER_SHIFT);
    mmput(mm);
    return 0;
}

int open_filter(inode* node, file* filp) {
    return single_open(node, filp, show_filter, nullptr);
}

/// Value of a digit; 16 and more if it is none.
unsigned digit_of(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : 16;
}

/// A number as C writes it: 0x for hexadecimal, 0 for octal. -EINVAL unless it is all there is.
int parse_number(const char* text, ulong* value) {
    unsigned base = *text == '0' ? 8 : 10;
    if (*text == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
    }
    const char* start = text;
    for (*value = 0; digit_of(*text) < base; text++)
        *value = *value * base + digit_of(*text);
    if (text == start) return -EINVAL;
    if (*text == '\n') text++;
    return *text == '\0' ? 0 : -EINVAL;
}

long write_filter(file* filp, const char* buffer, size_t count, loff_t*) {
    char text[16] = {};
    if (copy_from_user(text, buffer, min(count, sizeof text - 1))) return -EFAULT;
    ulong filter = 0;
    if (const int error = parse_number(text, &filter)) return error;
    mm_struct* mm = mm_of(filp->f_path.dentry->d_inode);
    if (!mm) return -ESRCH;
    dump_permission::set_filter(mm, filter);
    mmput(mm);
    return static_cast<long>(count);
}

}  // namespace

const file_operations proc_coredump_filter_operations{.open = open_filter,
                                                      .release = single_release,
                                                      .read = seq_read,
                                                      .write = write_filter,
                                                      .llseek = seq_llseek};
