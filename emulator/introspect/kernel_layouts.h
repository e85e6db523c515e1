// SPDX-License-Identifier: GPL-2.0-or-later
// The offsets that the walkers need, resolved once when a kernel is opened. Names are the kernel's own.
#pragma once

#include "base/error.h"
#include "introspect/kernel_image.h"
#include "introspect/layout.h"

namespace mmscope {

struct TaskLayout {
    StructLayout layout;
    Field state, exit_state, pid, tgid, real_parent, mm, active_mm;
    Field tasks_next, thread_next;  // of the list heads `tasks` and `thread_group`
    MemberPlace tasks, thread_group, comm;
};

struct MmLayout {
    StructLayout layout;
    Field mmap, rb_node, pgd, mm_users, mm_count, map_count, total_vm, start_brk, brk, start_stack,
        vdso;                       // absent where the context has none
    Field rss, file_rss, anon_rss;  // pages; rss is the sum where it exists
    Field sem_count, sem_writer;    // of mmap_sem; writer may be absent
    Field lock_serving, lock_next;  // of page_table_lock; absent where the lock is another kind
};

struct VmaLayout {
    StructLayout layout;
    Field vm_mm, vm_start, vm_end, vm_next, vm_page_prot, vm_flags, vm_pgoff, vm_file;
    Field rb_left, rb_right;  // of vm_rb
    uint32_t vm_rb = 0;       // offset of the node
};

/// struct file, dentry and inode: what it takes to name a mapping.
struct FileLayout {
    StructLayout file, dentry, inode;
    Field f_dentry, d_parent, d_name, d_name_len, d_inode;
    Field i_ino, i_size, i_dev;  // i_dev as 16 bits: major << 8 | minor
};

struct KernelLayouts {
    TaskLayout task;
    MmLayout mm;
    VmaLayout vma;
    FileLayout file;
    LinearAddr init_task;
    LinearAddr current_task;    // where the pointer stands
    LinearAddr swapper_pg_dir;  // 0: not in the symbol table
    LinearAddr
        empty_zero_page;  // where the zero page, or the pointer to it, stands; 0: not in the symbol table
    bool zero_page_is_pointer = false;

    /// Error: the first structure, member or symbol that is missing.
    static Result<KernelLayouts> resolve(const KernelImage& image);
};

}  // namespace mmscope
