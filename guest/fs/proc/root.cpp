// SPDX-License-Identifier: GPL-2.0-or-later
// /proc itself: the files about the whole machine, a directory for each process, and /proc/self.
#include "fs/proc/internal.h"
#include "kernel/cmdline.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/swap.h"

namespace {
/// Positions in the directory: permanent entries first, then FIRST_PROCESS + pid.
constexpr loff_t FIRST_PROCESS = 256;
/// Inode numbers: the root 1, permanent files from 2 on; those of processes are built from the pid.
constexpr ulong ROOT_INO = 1;

int show_cmdline(seq_file* m, void*) {
    seq_printf(m, "%s\n", saved_command_line);
    return 0;
}

int show_version(seq_file* m, void*) {
    seq_printf(m, "Linux version %s (mmscope) (gcc) #1 PREEMPT\n", UTS_RELEASE);
    return 0;
}

/// Seconds since boot, and the second column Linux has: seconds that pid 0 ran.
int show_uptime(seq_file* m, void*) {
    const ulong up = jiffies, idle = init_task.utime + init_task.stime;
    seq_printf(m, "%lu.%02lu %lu.%02lu\n", up / HZ, up % HZ * (100 / HZ), idle / HZ, idle % HZ * (100 / HZ));
    return 0;
}

template <int (*Show)(seq_file*, void*)>
int open_single(inode* node, file* filp) {
    return single_open(node, filp, Show, nullptr);
}
template <int (*Show)(seq_file*, void*)>
constexpr file_operations machine_file{
    .open = open_single<Show>, .release = single_release, .read = seq_read, .llseek = seq_llseek};

struct machine_entry {
    const char* name;
    const file_operations* operations;
};
constexpr machine_entry machine_entries[] = {
    {"cmdline", &machine_file<show_cmdline>},         {"meminfo", &machine_file<proc_meminfo>},
    {"swapcheck", &machine_file<proc_swapcheck>},     {"swaps", &machine_file<proc_swaps>},
    {"slabinfo", &machine_file<proc_slabinfo>},       {"uptime", &machine_file<show_uptime>},
    {"version", &machine_file<show_version>},         {"vmstat", &machine_file<proc_vmstat>},
    {"vmallocinfo", &machine_file<proc_vmallocinfo>}, {"diskstats", &machine_file<proc_diskstats>},
};

long read_self(inode*, char* buffer, size_t size) {
    return snprintf(buffer, size, "%d", current->tgid);
}
constexpr inode_operations self_operations{.readlink = read_self};

long read_mounts(inode*, char* buffer, size_t size) {
    return snprintf(buffer, size, "self/mounts");
}
constexpr inode_operations mounts_operations{.readlink = read_mounts};

/// A pid as a name: digits without leading zero. -1 if it is none.
pid_t pid_of_name(const qstr& name) {
    if (name.len == 0 || name.len > 7 || name.name[0] == '0') return -1;
    pid_t pid = 0;
    for (unsigned i = 0; i < name.len; i++) {
        if (name.name[i] < '0' || name.name[i] > '9') return -1;
        pid = pid * 10 + (name.name[i] - '0');
    }
    return pid;
}

int lookup_process(inode*, dentry* child) {
    const pid_t pid = pid_of_name(child->d_name);
    if (pid < 0) return -ENOENT;
    spin_lock(&tasklist_lock);
    task_struct* task = find_task_by_pid(pid);
    if (task) get_task_struct(task);
    spin_unlock(&tasklist_lock);
    if (!task) return -ENOENT;
    const int error = proc_pid_instantiate(child, task);
    put_task_struct(task);
    return error;
}

/// The smallest pid of a process from `pid` on, or -1.
pid_t next_process(pid_t pid) {
    pid_t found = -1;
    spin_guard guard(&tasklist_lock);
    const task_struct* task = nullptr;
    for_each_process(task) {
        if (task->tgid >= pid && (found < 0 || task->tgid < found)) found = task->tgid;
    }
    return found;
}

using fill_function = int (*)(void*, const char*, unsigned, loff_t, ulong, unsigned);
int read_root(file* filp, void* context, fill_function fill) {
    if (filp->f_pos < FIRST_PROCESS) {
        if (dcache_readdir(filp, context, fill)) return 1;
        filp->f_pos = FIRST_PROCESS + 1;
    }
    for (;;) {
        const pid_t pid = next_process(static_cast<pid_t>(filp->f_pos - FIRST_PROCESS));
        if (pid < 0) return 0;
        char name[12];
        const unsigned length = static_cast<unsigned>(snprintf(name, sizeof(name), "%d", pid));
        const loff_t next = FIRST_PROCESS + pid + 1;
        if (fill(context, name, length, next, static_cast<ulong>(pid) << 8, S_IFDIR >> 12)) return 1;
        filp->f_pos = next;
    }
}

constexpr inode_operations root_inode_operations{.lookup = lookup_process};
constexpr file_operations root_operations{.readdir = read_root};

void add_permanent(dentry* root, const char* name, inode* node) {
    if (!node || !rootfs_add(root, name, static_cast<unsigned>(strlen(name)), node)) {
        panic("proc_init: no memory for /proc/%s", name);
    }
}
}  // namespace

void proc_init() {
    inode* top = new_inode(S_IFDIR | 0555, ROOT_INO, PROC_DEV);
    dentry* root = top ? rootfs_add(root_dentry, "proc", 4, top) : nullptr;
    if (!root) panic("proc_init: no memory for /proc");
    top->i_op = &root_inode_operations;
    top->i_fop = &root_operations;
    ulong ino = ROOT_INO;
    for (const machine_entry& entry : machine_entries) {
        inode* node = new_inode(S_IFREG | 0444, ++ino, PROC_DEV);
        if (node) node->i_fop = entry.operations;
        add_permanent(root, entry.name, node);
    }
    inode* self = new_inode(S_IFLNK | 0777, ++ino, PROC_DEV);
    if (self) self->i_op = &self_operations;
    add_permanent(root, "self", self);
    inode* mounts = new_inode(S_IFLNK | 0777, ++ino, PROC_DEV);
    if (mounts) mounts->i_op = &mounts_operations;
    add_permanent(root, "mounts", mounts);
    proc_sys_init(root, ++ino);
}
