// SPDX-License-Identifier: GPL-2.0-or-later
// Changing directories: new names, other names, names taken away.
#include "fs/namei_change.h"
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/slab.h"

namespace {

/// A user's path, up to its last name, for as long as the object lives.
struct parent_walk {
    last_name last{};
    int error;
    parent_walk(int dfd, const char* user_path, unsigned flags = 0) {
        char* path = getname(user_path);
        error = IS_ERR(path) ? static_cast<int>(PTR_ERR(path)) : path_parent_at(dfd, path, flags, &last);
        if (!IS_ERR(path)) putname(path);
    }
    parent_walk(const parent_walk&) = delete;
    ~parent_walk() {
        if (last.dir) dput(last.dir);
    }
    [[nodiscard]] inode* dir() const { return last.dir->d_inode; }
};

mutex rename_mutex{SPIN_LOCK_UNLOCKED, nullptr, LIST_HEAD_INIT(rename_mutex.wait_list),
                   0};  // moves between directories

unsigned without_umask(unsigned mode) {
    return mode & 07777 & ~current->fs->umask;
}

/// May names in this directory be changed at all? 0 or -errno.
int may_change(const dentry* dir) {
    if (d_deleted(dir)) return -ENOENT;
    return is_read_only(dir->d_inode) ? -EROFS : 0;
}

/// A new dentry for a name that is not there yet, or ERR_PTR. The directory's i_mutex is held.
dentry* new_name(const last_name& last, bool directory) {
    dentry* old = last.is_dots() ? ERR_PTR<dentry>(-EEXIST) : lookup_locked(last.dir, last.name, last.length);
    if (!IS_ERR(old)) {
        dput(old);
        return ERR_PTR<dentry>(-EEXIST);
    }
    if (PTR_ERR(old) != -ENOENT) return old;
    if (last.wants_directory && !directory) return ERR_PTR<dentry>(-ENOENT);
    if (const int error = may_change(last.dir)) return ERR_PTR<dentry>(error);
    dentry* child = d_alloc(last.dir, last.name, last.length);
    return child ? child : ERR_PTR<dentry>(-ENOMEM);
}

/// Finds the place of a new name and lets `make(dir, child)` fill it. 0 or -errno.
template <class Make>
int make_entry(const parent_walk& walk, bool directory, Make make) {
    if (walk.error) return walk.error;
    mutex_guard guard(&walk.dir()->i_mutex);
    dentry* child = new_name(walk.last, directory);
    if (IS_ERR(child)) return static_cast<int>(PTR_ERR(child));
    const int error = make(walk.dir(), child);
    dput(child);
    return error;
}

/// Takes a name away by `remove`; the name is spelled as deleted from then on.
template <class Remove>
int remove_entry(dentry* victim, Remove remove) {
    if (victim->d_mounted) return -EBUSY;
    char* gone = deleted_name(victim);
    if (!gone) return -ENOMEM;
    mutex_lock(&victim->d_inode->i_mutex);
    const int error = remove();
    if (error) {
        kfree(gone);
    } else {
        d_drop(victim, gone);
    }
    mutex_unlock(&victim->d_inode->i_mutex);
    return error;
}

int unlink_child(const last_name& last, dentry* victim) {
    if (is_directory(victim->d_inode)) return -EISDIR;
    if (last.wants_directory) return -ENOTDIR;
    inode* dir = last.dir->d_inode;
    return remove_entry(victim, [&] { return dir->i_op->unlink(dir, victim); });
}

int rmdir_child(const last_name& last, dentry* victim) {
    if (!is_directory(victim->d_inode)) return -ENOTDIR;
    inode* dir = last.dir->d_inode;
    return remove_entry(victim, [&] { return dir->i_op->rmdir(dir, victim); });
}

/// Looks the last name up and lets `act` take it away. 0 or -errno.
int with_child(const parent_walk& walk, int (*act)(const last_name& last, dentry* victim)) {
    if (walk.error) return walk.error;
    mutex_guard guard(&walk.dir()->i_mutex);
    dentry* victim = lookup_locked(walk.last.dir, walk.last.name, walk.last.length);
    if (IS_ERR(victim)) return static_cast<int>(PTR_ERR(victim));
    int error = may_change(walk.last.dir);
    if (!error) error = act(walk.last, victim);
    dput(victim);
    return error;
}

// rename ----------------------------------------------------------------------------------------------

/// Both directories' i_mutex, an ancestor's first.
struct two_directories {
    dentry *a, *b;
    two_directories(dentry* one, dentry* other) : a(one), b(other) {
        if (a != b) mutex_lock(&rename_mutex);
        if (d_is_below(a, b)) {
            dentry* lower = a;
            a = b;
            b = lower;
        }
        mutex_lock(&a->d_inode->i_mutex);
        if (a != b) mutex_lock(&b->d_inode->i_mutex);
    }
    ~two_directories() {
        if (a != b) mutex_unlock(&b->d_inode->i_mutex);
        mutex_unlock(&a->d_inode->i_mutex);
        if (a != b) mutex_unlock(&rename_mutex);
    }
    two_directories(const two_directories&) = delete;
};

/// May `old` take the place of `replaced` (or null) in this directory? 0 or -errno.
int check_rename(const dentry* old, const last_name& to, const dentry* replaced) {
    if (d_is_below(to.dir, old)) return -EINVAL;  // into itself
    if (old->d_mounted || (replaced && replaced->d_mounted)) return -EBUSY;
    const bool directory = is_directory(old->d_inode);
    if (!directory && to.wants_directory) return -ENOTDIR;
    if (!replaced) return 0;
    if (directory && !is_directory(replaced->d_inode)) return -ENOTDIR;
    if (!directory && is_directory(replaced->d_inode)) return -EISDIR;
    return 0;
}

/// The directories are locked. 0 or -errno.
int move_entry(const last_name& from, dentry* old, const last_name& to, dentry* replaced) {
    if (replaced && replaced->d_inode == old->d_inode) return 0;  // two names of one file: nothing happens
    if (const int error = check_rename(old, to, replaced)) return error;
    char* text = static_cast<char*>(kmalloc(to.length + 1, GFP_KERNEL));
    char* gone = replaced ? deleted_name(replaced) : nullptr;
    int error = !text || (replaced && !gone) ? -ENOMEM : 0;
    const qstr name{to.length, to.name};
    inode* from_dir = from.dir->d_inode;
    if (!error) error = from_dir->i_op->rename(from_dir, old, to.dir->d_inode, &name, replaced);
    if (error) {
        kfree(text);
        kfree(gone);
        return error;
    }
    memcpy(text, to.name, to.length + 1);
    if (replaced) d_drop(replaced, gone);
    d_move(old, to.dir, text, to.length);
    return 0;
}

int rename_locked(const last_name& from, const last_name& to) {
    dentry* old = lookup_locked(from.dir, from.name, from.length);
    if (IS_ERR(old)) return static_cast<int>(PTR_ERR(old));
    dentry* replaced = lookup_locked(to.dir, to.name, to.length);
    int error = 0;
    if (IS_ERR(replaced)) {
        if (PTR_ERR(replaced) != -ENOENT) error = static_cast<int>(PTR_ERR(replaced));
        replaced = nullptr;
    }
    if (!error) error = may_change(from.dir);
    if (!error) error = may_change(to.dir);
    if (!error) error = move_entry(from, old, to, replaced);
    if (replaced) dput(replaced);
    dput(old);
    return error;
}

}  // namespace

int vfs_create(const last_name& last, unsigned mode, bool exclusive, dentry** found) {
    inode* dir = last.dir->d_inode;
    mutex_guard guard(&dir->i_mutex);
    dentry* child =
        last.is_dots() ? ERR_PTR<dentry>(-EISDIR) : lookup_locked(last.dir, last.name, last.length);
    if (!IS_ERR(child)) {
        if (!exclusive)
            *found = child;
        else
            dput(child);
        return exclusive ? -EEXIST : 0;
    }
    if (PTR_ERR(child) != -ENOENT) return static_cast<int>(PTR_ERR(child));
    if (last.wants_directory) return -EISDIR;
    child = new_name(last, false);
    if (IS_ERR(child)) return static_cast<int>(PTR_ERR(child));
    const int error = dir->i_op->create(dir, child, without_umask(mode));
    if (error) {
        dput(child);
    } else {
        *found = child;
    }
    return error;
}

long sys_mkdirat(int dfd, const char* path, unsigned mode) {
    const parent_walk walk(dfd, path);
    return make_entry(walk, true, [mode](inode* dir, dentry* child) {
        return dir->i_op->mkdir(dir, child, without_umask(mode));
    });
}

/// Regular files only: there are no pipes or sockets, and the devices are in /dev.
long sys_mknodat(int dfd, const char* path, unsigned mode, unsigned) {
    if ((mode & S_IFMT) == S_IFDIR) return -EPERM;
    if ((mode & S_IFMT) != S_IFREG && (mode & S_IFMT) != 0) return -EINVAL;
    const parent_walk walk(dfd, path);
    return make_entry(walk, false, [mode](inode* dir, dentry* child) {
        return dir->i_op->create(dir, child, without_umask(mode));
    });
}

long sys_symlinkat(const char* target, int dfd, const char* path) {
    char* text = getname(target);
    if (IS_ERR(text)) return PTR_ERR(text);
    const parent_walk walk(dfd, path);
    const int error = make_entry(walk, false, [text](inode* dir, dentry* child) {
        return dir->i_op->symlink(dir, child, text, strlen(text));
    });
    putname(text);
    return error;
}

long sys_linkat(int old_dfd, const char* old_path, int new_dfd, const char* new_path, int flags) {
    constexpr int kFollow = 0x400;  // AT_SYMLINK_FOLLOW
    if (flags & ~kFollow) return -EINVAL;
    dentry* old = nullptr;
    if (const int error = user_path_at(old_dfd, old_path, flags & kFollow ? LOOKUP_FOLLOW : 0u, &old))
        return error;
    const parent_walk walk(new_dfd, new_path);
    const int result = make_entry(walk, false, [old](inode* dir, dentry* child) -> int {
        if (old->d_inode->i_sb != dir->i_sb) return -EXDEV;
        if (is_directory(old->d_inode)) return -EPERM;
        mutex_guard guard(&old->d_inode->i_mutex);
        if (old->d_inode->i_nlink == 0) return -ENOENT;
        return dir->i_op->link(old, dir, child);
    });
    dput(old);
    return result;
}

long sys_unlinkat(int dfd, const char* path, unsigned flags) {
    constexpr unsigned kRemoveDir = 0x200;  // AT_REMOVEDIR
    if (flags & ~kRemoveDir) return -EINVAL;
    const parent_walk walk(dfd, path);
    if (!walk.error && walk.last.is_dots()) {
        if (!flags) return -EISDIR;
        return walk.last.length == 0 ? -EBUSY : walk.last.length == 1 ? -EINVAL : -ENOTEMPTY;
    }
    return with_child(walk, flags ? rmdir_child : unlink_child);
}

long sys_renameat(int old_dfd, const char* old_path, int new_dfd, const char* new_path) {
    const parent_walk from(old_dfd, old_path), to(new_dfd, new_path);
    if (from.error || to.error) return from.error ? from.error : to.error;
    if (from.dir()->i_sb != to.dir()->i_sb) return -EXDEV;
    if (from.last.is_dots() || to.last.is_dots()) return -EBUSY;
    if (is_read_only(from.dir())) return -EROFS;
    const two_directories guard(from.last.dir, to.last.dir);
    return rename_locked(from.last, to.last);
}

long sys_mkdir(const char* path, unsigned mode) {
    return sys_mkdirat(AT_FDCWD, path, mode);
}
long sys_mknod(const char* path, unsigned mode, unsigned device) {
    return sys_mknodat(AT_FDCWD, path, mode, device);
}
long sys_symlink(const char* target, const char* path) {
    return sys_symlinkat(target, AT_FDCWD, path);
}
long sys_link(const char* old_path, const char* new_path) {
    return sys_linkat(AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}
long sys_unlink(const char* path) {
    return sys_unlinkat(AT_FDCWD, path, 0);
}
long sys_rmdir(const char* path) {
    constexpr unsigned kRemoveDir = 0x200;
    return sys_unlinkat(AT_FDCWD, path, kRemoveDir);
}
long sys_rename(const char* old_path, const char* new_path) {
    return sys_renameat(AT_FDCWD, old_path, AT_FDCWD, new_path);
}
