// SPDX-License-Identifier: GPL-2.0-or-later
// Whom a task acts for: uid and gid of who started it, euid and egid of whom it may do what, suid and sgid it
// may come back to, fsuid and fsgid for files. A task changes only its own, without a lock.
#pragma once

#include "kernel/sched.h"

struct linux_binprm;

/// What becomes of mm->flags when a task changes whom it acts for: the value for set_dumpable. 0 after boot;
/// /proc/sys/fs/suid_dumpable shows it and takes 0, 1 and 2.
extern int suid_dumpable;

/// Finds out whom the program of bprm->filp will act for: current, or with S_ISUID the file's owner, and so
/// for the group. For each file that exec tries, so that an interpreter's bits count and a script's do not.
void prepare_exec_creds(linux_binprm* bprm);
/// Makes that current's, at the point of no return, and decides whether the new mm can be dumped: not as its
/// owner likes if the program acts for somebody else, or may not be read by him.
void install_exec_creds(const linux_binprm* bprm);
/// True if current's program has been given rights that whoever started it does not have: AT_SECURE.
inline bool has_foreign_rights() {
    return current->euid != current->uid || current->egid != current->gid;
}

// The system calls. ~0 as an id means: as it is.
long sys_getuid();
long sys_geteuid();
long sys_getgid();
long sys_getegid();
long sys_setuid(uid_t uid);
long sys_setgid(gid_t gid);
long sys_setresuid32(uid_t real, uid_t effective, uid_t saved);
long sys_setresgid32(gid_t real, gid_t effective, gid_t saved);
long sys_getresuid32(uid_t* real, uid_t* effective, uid_t* saved);
long sys_getresgid32(gid_t* real, gid_t* effective, gid_t* saved);
