// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/PID/mounts: a line for each mounted file system, in the order of mounting. All processes see the
// same.
#include "fs/proc/internal.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "mm/gfp.h"

namespace {

/// What separates fields and lines stands as its octal number.
void show_field(seq_file* m, const char* text) {
    for (; *text; text++) {
        if (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\\') {
            seq_printf(m, "\\%03o", static_cast<unsigned>(*text));
        } else {
            seq_putc(m, *text);
        }
    }
}

/// Where it is mounted, as the caller names places.
int show_place(seq_file* m, const super_block* sb) {
    auto* buffer = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0));
    if (!buffer) return -ENOMEM;
    const char* path = d_path(sb->s_root, buffer, PAGE_SIZE);
    const int error = IS_ERR(path) ? static_cast<int>(PTR_ERR(path)) : 0;
    if (!error) show_field(m, path);
    free_page(reinterpret_cast<ulong>(buffer));
    return error;
}

int show_super(super_block* sb, void* file) {
    auto* m = static_cast<seq_file*>(file);
    show_field(m, sb->s_source[0] ? sb->s_source : "none");
    seq_putc(m, ' ');
    if (const int error = show_place(m, sb)) return error;
    seq_printf(m, " %s %s 0 0\n", sb->s_type, sb->s_flags & MS_RDONLY ? "ro" : "rw");
    return 0;
}

}  // namespace

/// The root and /proc were never mounted: they are of the kernel, which lets nobody change them.
int proc_pid_mounts(seq_file* m, task_struct*) {
    seq_puts(m, "rootfs / rootfs ro 0 0\nproc /proc proc ro 0 0\n");
    return for_each_super(show_super, m);
}
