// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/PID: which files there are about a process.
#include "fs/proc/internal.h"
#include "kernel/coredump.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/mm.h"

namespace {
/// What proc_pid_inode made the inode for.
pid_t pid_of(const inode* node) {
    return static_cast<pid_t>(reinterpret_cast<long>(node->i_private));
}

template <int (*Show)(seq_file*, task_struct*)>
int show_task(seq_file* m, void*) {
    task_struct* task = get_proc_task(m->node);
    if (!task) return -ESRCH;
    const int result = Show(m, task);
    put_task_struct(task);
    return result;
}
template <int (*Show)(seq_file*, task_struct*)>
int open_task_file(inode* node, file* filp) {
    return single_open(node, filp, show_task<Show>, nullptr);
}
template <int (*Show)(seq_file*, task_struct*)>
constexpr file_operations task_file{
    .open = open_task_file<Show>, .release = single_release, .read = seq_read, .llseek = seq_llseek};

long path_of(dentry* place, char* buffer, size_t size) {
    const char* path = d_path(place, buffer, size);
    if (IS_ERR(path)) return PTR_ERR(path);
    const size_t length = strlen(path);
    memmove(buffer, path, length);
    return static_cast<long>(length);
}

/// The program's file, or -ENOENT if nothing of it is mapped any more.
long read_exe(inode* link, char* buffer, size_t size) {
    task_struct* task = get_proc_task(link);
    if (!task) return -ENOENT;
    mm_struct* mm = get_task_mm(task);
    put_task_struct(task);
    if (!mm) return -ENOENT;
    down_read(&mm->mmap_sem);
    file* program = program_file::find(mm);
    up_read(&mm->mmap_sem);
    mmput(mm);
    if (!program) return -ENOENT;
    const long length = path_of(program->f_path.dentry, buffer, size);
    fput(program);
    return length;
}

dentry* place_of(inode* link, dentry* fs_struct::*which) {
    task_struct* task = get_proc_task(link);
    if (!task) return nullptr;
    task_lock(task);
    dentry* place = nullptr;
    if (fs_struct* fs = task->fs) {
        spin_guard guard(&fs->lock);
        place = dget(fs->*which);
    }
    task_unlock(task);
    put_task_struct(task);
    return place;
}
template <dentry* fs_struct::*Which>
long read_place(inode* link, char* buffer, size_t size) {
    dentry* place = place_of(link, Which);
    if (!place) return -ENOENT;
    const long length = path_of(place, buffer, size);
    dput(place);
    return length;
}

constexpr inode_operations exe_link{.readlink = read_exe};
constexpr inode_operations cwd_link{.readlink = read_place<&fs_struct::pwd>};
constexpr inode_operations root_link{.readlink = read_place<&fs_struct::root>};

struct pid_entry {
    const char* name;
    unsigned mode;
    const file_operations* file_ops;
    const inode_operations* inode_ops;
};
constexpr pid_entry entries[] = {
    {"auxv", S_IFREG | 0400, aux_vector::kept ? &task_file<proc_pid_auxv> : nullptr, nullptr},
    {"cmdline", S_IFREG | 0444, &task_file<proc_pid_cmdline>, nullptr},
    {"coredump_filter", S_IFREG | 0644, dump_choice::filter_file, nullptr},
    {"cwd", S_IFLNK | 0777, nullptr, &cwd_link},
    {"environ", S_IFREG | 0400, &task_file<proc_pid_environ>, nullptr},
    {"exe", S_IFLNK | 0777, nullptr, &exe_link},
    {"maps", S_IFREG | 0444, &proc_maps_operations, nullptr},
    {"mem", S_IFREG | 0400, &proc_mem_operations, nullptr},
    {"mounts", S_IFREG | 0444, &task_file<proc_pid_mounts>, nullptr},
    {"root", S_IFLNK | 0777, nullptr, &root_link},
    {"smaps", S_IFREG | 0444, &proc_smaps_operations, nullptr},
    {"stat", S_IFREG | 0444, &task_file<proc_pid_stat>, nullptr},
    {"statm", S_IFREG | 0444, &task_file<proc_pid_statm>, nullptr},
    {"status", S_IFREG | 0444, &task_file<proc_pid_status>, nullptr},
};
/// Some editions have fewer.
bool exists(const pid_entry& entry) {
    return entry.file_ops || entry.inode_ops;
}
constexpr unsigned nr_entries = sizeof(entries) / sizeof(entries[0]);

int lookup_entry(inode* dir, dentry* child) {
    for (unsigned i = 0; i < nr_entries; i++) {
        if (!exists(entries[i]) || strcmp(entries[i].name, child->d_name.name) != 0) continue;
        task_struct* task = get_proc_task(dir);
        if (!task) return -ENOENT;
        child->d_inode = proc_pid_inode(task, entries[i].mode, i + 1);
        put_task_struct(task);
        if (!child->d_inode) return -ENOMEM;
        child->d_inode->i_fop = entries[i].file_ops;
        child->d_inode->i_op = entries[i].inode_ops;
        return 0;
    }
    return -ENOENT;
}

using fill_function = int (*)(void*, const char*, unsigned, loff_t, ulong, unsigned);
int read_entries(file* filp, void* context, fill_function fill) {
    if (filp->f_pos < 2 && dcache_readdir(filp, context, fill)) return 1;
    const inode* dir = filp->f_path.dentry->d_inode;
    while (filp->f_pos - 2 < nr_entries) {
        const unsigned i = static_cast<unsigned>(filp->f_pos - 2);
        const unsigned length = static_cast<unsigned>(strlen(entries[i].name));
        if (exists(entries[i]) && fill(context, entries[i].name, length, filp->f_pos + 1, dir->i_ino + i + 1,
                                       entries[i].mode >> 12))
            return 1;
        filp->f_pos++;
    }
    return 0;
}

/// May whom the task acts for look into its memory? If not, its files are the superuser's.
bool is_dumpable(task_struct* task) {
    task_lock(task);
    const bool dumpable = task->mm && get_dumpable(task->mm) == 1;
    task_unlock(task);
    return dumpable;
}

constexpr inode_operations directory_inode_operations{.lookup = lookup_entry};
constexpr file_operations directory_operations{.readdir = read_entries};
}  // namespace

inode* proc_pid_inode(task_struct* task, unsigned mode, unsigned entry) {
    inode* node = new_inode(mode, (static_cast<ulong>(task->pid) << 8) + entry, PROC_DEV);
    if (!node) return nullptr;
    node->i_private = reinterpret_cast<void*>(static_cast<long>(task->pid));
    node->i_generation = task->start_time;
    if (entry == 0 || is_dumpable(task)) {
        node->i_uid = task->euid;
        node->i_gid = task->egid;
    }
    return node;
}

task_struct* get_proc_task(const inode* node) {
    spin_guard guard(&tasklist_lock);
    task_struct* task = find_task_by_pid(pid_of(node));
    if (!task || task->start_time != node->i_generation) return nullptr;
    get_task_struct(task);
    return task;
}

int proc_pid_instantiate(dentry* child, task_struct* task) {
    child->d_inode = proc_pid_inode(task, S_IFDIR | 0555, 0);
    if (!child->d_inode) return -ENOMEM;
    child->d_inode->i_op = &directory_inode_operations;
    child->d_inode->i_fop = &directory_operations;
    return 0;
}
