// SPDX-License-Identifier: GPL-2.0-or-later
// /proc/PID/mem: the memory of a process by address, for reading. Pages come in as if the process had touched
// them; memory of devices is read by its driver.
#include "arch/uaccess.h"
#include "fs/proc/internal.h"
#include "kernel/errno.h"
#include "mm/mm.h"

namespace {

/// Through a page of the kernel's, for both spaces may fault. Bytes or -errno.
long read_through(mm_struct* mm, char* buffer, size_t count, loff_t* position, void* piece) {
    size_t done = 0;
    while (done < count && *position < static_cast<loff_t>(TASK_SIZE)) {
        const size_t wanted = min<size_t>(count - done, PAGE_SIZE);
        const size_t got = access_process_vm(mm, static_cast<ulong>(*position), piece, wanted);
        if (got == 0) break;
        if (copy_to_user(buffer + done, piece, got)) return -EFAULT;
        *position += static_cast<loff_t>(got);
        done += got;
    }
    return done || count == 0 ? static_cast<long>(done) : -EIO;
}

long read_mem(file* filp, char* buffer, size_t count, loff_t* position) {
    task_struct* task = get_proc_task(filp->f_path.dentry->d_inode);
    if (!task) return -ESRCH;
    mm_struct* mm = get_task_mm(task);
    put_task_struct(task);
    if (!mm) return 0;
    void* piece = reinterpret_cast<void*>(__get_free_pages(GFP_KERNEL, 0));
    const long result = piece ? read_through(mm, buffer, count, position, piece) : -ENOMEM;
    if (piece) free_page(reinterpret_cast<ulong>(piece));
    mmput(mm);
    return result;
}

/// Addresses are positions: any goes.
loff_t seek_mem(file* filp, loff_t offset, int whence) {
    if (whence == SEEK_CUR) offset += filp->f_pos;
    if (whence != SEEK_SET && whence != SEEK_CUR) return -EINVAL;
    return filp->f_pos = offset;
}

}  // namespace

const file_operations proc_mem_operations{.read = read_mem, .llseek = seek_mem};
