// SPDX-License-Identifier: GPL-2.0-or-later
// Writing the core file of a program that a signal ends (MM_FACTS 4.26).
#include "kernel/coredump.h"

#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/binfmts.h"
#include "kernel/errno.h"
#include "lib/string.h"

namespace {

/// "core", or "core.PID" if others shared the memory. The file, for writing and empty, or null.
file* open_core_file(int waiters, bool as_root) {
    char name[32];
    if (waiters) {
        snprintf(name, sizeof name, "core.%d", current->tgid);
    } else {
        strlcpy(name, "core", sizeof name);
    }
    const unsigned exclusive = as_root ? +O_EXCL : 0u;
    file* filp = filp_open(name, O_CREAT | O_RDWR | O_NOFOLLOW | O_TRUNC | exclusive, 0600);
    if (IS_ERR(filp)) return nullptr;
    const inode* node = filp->f_path.dentry->d_inode;
    if ((node->i_mode & S_IFMT) == S_IFREG && filp->f_op->write) return filp;
    fput(filp);
    return nullptr;
}

bool write_core(int waiters, int signal, const siginfo_t* info, pt_regs* regs) {
    const linux_binfmt* format = program_format::get(current->mm);
    const ulong limit = current->signal->rlim_cur[RLIMIT_CORE];
    if (limit < format->min_coredump) return false;
    const bool as_root = get_dumpable(current->mm) == 2;
    if (as_root) current->fsuid = 0;  // the file is not for whom the program acted for
    file* filp = open_core_file(waiters, as_root);
    if (!filp) return false;
    core_writer out{.filp = filp, .limit = limit, .position = 0, .gap = false};
    const bool written = format->core_dump(signal, info, regs, &out);
    fput(filp);
    return written;
}

}  // namespace

bool core_writer::write(const void* bytes, ulong count) {
    if (position + count > limit) return false;
    loff_t at = static_cast<loff_t>(position);
    kernel_buffers in_use;
    const long written = filp->f_op->write(filp, static_cast<const char*>(bytes), count, &at);
    if (written != static_cast<long>(count)) return false;
    position += count;
    gap = false;
    return true;
}

bool core_writer::skip(ulong count) {
    if (position + count > limit) return false;
    position += count;
    gap = true;
    return true;
}

bool core_writer::finish() {
    if (!gap) return true;
    position--;
    return write("", 1);
}

int do_coredump(int signal, const siginfo_t* info, pt_regs* regs) {
    mm_struct* mm = current->mm;
    const linux_binfmt* format = mm ? program_format::get(mm) : nullptr;
    if (!format || !format->core_dump) return 0;
    down_write(&mm->mmap_sem);
    if (core_dumping::in_progress(mm) || !get_dumpable(mm)) {
        up_write(&mm->mmap_sem);
        return 0;
    }
    core_dumping::dump state{};
    const int waiters = core_dumping::stop_others(mm, &state, signal);
    if (waiters < 0) return 0;
    current->sigpending_flag = false;  // writing is not to be cut short
    const int dumped = write_core(waiters, signal, info, regs) ? +CORE_DUMPED : 0;
    current->signal->group_exit_code |= dumped;
    core_dumping::let_go(mm);
    return dumped;
}
