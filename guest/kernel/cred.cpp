// SPDX-License-Identifier: GPL-2.0-or-later
// See cred.h. Who changes whom it acts for can no longer be dumped by whom it acted for before: its memory
// may hold what only one of the two may know (MM_FACTS 4.26).
#include "kernel/cred.h"

#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/binfmts.h"
#include "kernel/coredump.h"
#include "kernel/errno.h"

int suid_dumpable;

namespace {

constexpr u32 AS_IT_IS = ~0u;
constexpr unsigned READ_BIT = 4;

/// The three ids of a task that the calls for users and for groups treat alike.
struct id_set {
    u32 task_struct::*real;
    u32 task_struct::*effective;
    u32 task_struct::*saved;
    u32 task_struct::*file;

    [[nodiscard]] bool has(u32 id) const {
        return id == current->*real || id == current->*effective || id == current->*saved;
    }
};
constexpr id_set USER = {&task_struct::uid, &task_struct::euid, &task_struct::suid, &task_struct::fsuid};
constexpr id_set GROUP = {&task_struct::gid, &task_struct::egid, &task_struct::sgid, &task_struct::fsgid};

void act_for(const id_set& ids, u32 id) {
    if (id != current->*ids.effective) set_dumpable(current->mm, suid_dumpable);
    current->*ids.effective = current->*ids.file = id;
}

/// The superuser becomes somebody else for good; others go to and fro between who they are and were.
long set_id(const id_set& ids, u32 id) {
    if (current->euid == 0) {
        current->*ids.real = current->*ids.saved = id;
    } else if (id != current->*ids.real && id != current->*ids.saved) {
        return -EPERM;
    }
    act_for(ids, id);
    return 0;
}

long set_all_ids(const id_set& ids, u32 real, u32 effective, u32 saved) {
    if (current->euid != 0) {
        const u32 wanted[] = {real, effective, saved};
        for (const u32 id : wanted) {
            if (id != AS_IT_IS && !ids.has(id)) return -EPERM;
        }
    }
    if (real != AS_IT_IS) current->*ids.real = real;
    if (saved != AS_IT_IS) current->*ids.saved = saved;
    act_for(ids, effective != AS_IT_IS ? effective : current->*ids.effective);
    return 0;
}

long get_all_ids(const id_set& ids, u32* real, u32* effective, u32* saved) {
    const bool done = put_user(current->*ids.real, real) == 0 &&
                      put_user(current->*ids.effective, effective) == 0 &&
                      put_user(current->*ids.saved, saved) == 0;
    return done ? 0 : -EFAULT;
}

/// Could current open the file for reading, by its permissions?
bool may_read(const inode* node) {
    if (current->fsuid == 0) return true;
    const unsigned shift = node->i_uid == current->fsuid ? 6 : node->i_gid == current->fsgid ? 3 : 0;
    return node->i_mode >> shift & READ_BIT;
}

}  // namespace

void prepare_exec_creds(linux_binprm* bprm) {
    const inode* node = bprm->filp->f_path.dentry->d_inode;
    // Without the right to execute, S_ISGID on a file says something about its locks.
    constexpr unsigned FOR_GROUP = S_ISGID | S_IXGRP;
    bprm->e_uid = node->i_mode & S_ISUID ? node->i_uid : current->euid;
    bprm->e_gid = (node->i_mode & FOR_GROUP) == FOR_GROUP ? node->i_gid : current->egid;
}

void install_exec_creds(const linux_binprm* bprm) {
    bool plain = !has_foreign_rights() && may_read(bprm->filp->f_path.dentry->d_inode);
    current->euid = current->suid = current->fsuid = bprm->e_uid;
    current->egid = current->sgid = current->fsgid = bprm->e_gid;
    plain = plain && !has_foreign_rights();
    set_dumpable(current->mm, plain ? 1 : suid_dumpable);
}

long sys_getuid() {
    return static_cast<long>(current->uid);
}
long sys_geteuid() {
    return static_cast<long>(current->euid);
}
long sys_getgid() {
    return static_cast<long>(current->gid);
}
long sys_getegid() {
    return static_cast<long>(current->egid);
}

long sys_setuid(uid_t uid) {
    return set_id(USER, uid);
}
long sys_setgid(gid_t gid) {
    return set_id(GROUP, gid);
}
long sys_setresuid32(uid_t real, uid_t effective, uid_t saved) {
    return set_all_ids(USER, real, effective, saved);
}
long sys_setresgid32(gid_t real, gid_t effective, gid_t saved) {
    return set_all_ids(GROUP, real, effective, saved);
}
long sys_getresuid32(uid_t* real, uid_t* effective, uid_t* saved) {
    return get_all_ids(USER, real, effective, saved);
}
long sys_getresgid32(gid_t* real, gid_t* effective, gid_t* saved) {
    return get_all_ids(GROUP, real, effective, saved);
}
