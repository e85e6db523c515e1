// SPDX-License-Identifier: GPL-2.0-or-later
// prctl: small properties of a process: may it be dumped, what is its name.
#include "arch/uaccess.h"
#include "kernel/coredump.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "lib/string.h"

namespace {

enum : int { PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4, PR_SET_NAME = 15, PR_GET_NAME = 16 };

/// 2, "as root", is the kernel's own to give.
long set_own_dumpable(ulong value) {
    if (value > 1) return -EINVAL;
    set_dumpable(current->mm, static_cast<int>(value));
    return 0;
}

/// A longer name is cut.
long set_own_name(const char* from) {
    char name[TASK_COMM_LEN] = {};
    if (strncpy_from_user(name, from, TASK_COMM_LEN - 1) < 0) return -EFAULT;
    task_lock(current);
    strlcpy(current->comm, name, TASK_COMM_LEN);
    task_unlock(current);
    return 0;
}

long get_own_name(char* to) {
    char name[TASK_COMM_LEN] = {};
    task_lock(current);
    strlcpy(name, current->comm, TASK_COMM_LEN);
    task_unlock(current);
    return copy_to_user(to, name, sizeof name) ? -EFAULT : 0;
}

}  // namespace

long sys_prctl(int option, ulong argument) {
    switch (option) {
        case PR_GET_DUMPABLE:
            return get_dumpable(current->mm);
        case PR_SET_DUMPABLE:
            return set_own_dumpable(argument);
        case PR_SET_NAME:
            return set_own_name(reinterpret_cast<const char*>(argument));
        case PR_GET_NAME:
            return get_own_name(reinterpret_cast<char*>(argument));
        default:
            return -EINVAL;
    }
}
