// SPDX-License-Identifier: GPL-2.0-or-later
// Writing back: on demand, and every five seconds by a thread of the kernel.
#include "fs/internal.h"
#include "fs/namei_change.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"

int vfs_fsync(file* filp) {
    if (!filp->f_op->fsync) return -EINVAL;
    return filp->f_op->fsync(filp);
}

/// Files that nobody can change are always on the disk; devices cannot be synchronised (-EINVAL, as Linux).
long sys_fsync(unsigned fd) {
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    const inode* node = filp->f_path.dentry->d_inode;
    const bool device = (node->i_mode & S_IFMT) == S_IFCHR;
    const int error = !filp->f_op->fsync && !node->i_sb && !device ? 0 : vfs_fsync(filp);
    fput(filp);
    return error;
}

long sys_fdatasync(unsigned fd) {
    return sys_fsync(fd);
}

long sys_sync() {
    sync_filesystems();
    return 0;
}

/// pdflush: what was written long enough ago goes to the disk. An error shows at the file's next fsync.
static int write_back_periodically(void*) {
    constexpr long kInterval = 5 * HZ;
    for (;;) {
        schedule_timeout_interruptible(kInterval);
        sync_filesystems();
    }
}

void start_writeback() {
    static bool started;
    if (started) return;
    started = true;
    if (kernel_thread(write_back_periodically, nullptr, "pdflush") < 0) panic("start_writeback: no thread");
}
