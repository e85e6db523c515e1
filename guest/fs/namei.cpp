// SPDX-License-Identifier: GPL-2.0-or-later
// Walking paths: from the root or the working directory, name by name, through symbolic links.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/slab.h"

namespace {
constexpr unsigned MAX_LINKS = 40;  // followed in one walk, as Linux

/// A walk under way: where it stands and what of the path is left. `rest` points into one of two buffers; a
/// link's target is put together with what follows it in the other.
struct walk {
    dentry* at;  // with a reference
    char* buffer[2];
    unsigned current_buffer;
    char* rest;
    unsigned links;
};

dentry* get_root_or_pwd(bool from_root) {
    fs_struct* fs = current->fs;
    if (!fs) return dget(root_dentry);
    spin_guard guard(&fs->lock);
    return dget(from_root ? fs->root : fs->pwd);
}

/// Where a path begins, with a reference; null if `dfd` is needed and not open.
dentry* get_start(int dfd, const char* path) {
    if (*path == '/' || dfd == AT_FDCWD) return get_root_or_pwd(*path == '/');
    file* filp = fget(static_cast<unsigned>(dfd));
    if (!filp) return nullptr;
    dentry* start = dget(filp->f_path.dentry);
    fput(filp);
    return start;
}

void move_to(walk* w, dentry* next) {
    dput(w->at);
    w->at = next;
}

/// Asks the file system for a name that is not in memory. A new reference, or ERR_PTR.
dentry* ask_file_system(dentry* dir, const char* name, unsigned length) {
    const inode_operations* ops = dir->d_inode->i_op;
    if (!ops || !ops->lookup) return ERR_PTR<dentry>(-ENOENT);
    dentry* child = d_alloc(dir, name, length);
    if (!child) return ERR_PTR<dentry>(-ENOMEM);
    const int error = ops->lookup(dir->d_inode, child);
    if (!error) return child;
    dput(child);
    return ERR_PTR<dentry>(error);
}

/// The entry `name` of a directory, with a reference, or ERR_PTR.
dentry* lookup_one(dentry* dir, const char* name, unsigned length) {
    if (!is_directory(dir->d_inode)) return ERR_PTR<dentry>(-ENOTDIR);
    if (length > NAME_MAX) return ERR_PTR<dentry>(-ENAMETOOLONG);
    if (length == 1 && name[0] == '.') return dget(dir);
    if (length == 2 && name[0] == '.' && name[1] == '.') return d_follow_mounts(dget(dir->d_parent));
    if (dentry* child = d_lookup(dir, name, length)) return d_follow_mounts(child);
    mutex_lock(&dir->d_inode->i_mutex);
    dentry* child = lookup_locked(dir, name, length);
    mutex_unlock(&dir->d_inode->i_mutex);
    return IS_ERR(child) ? child : d_follow_mounts(child);
}

/// Puts the target of `link` before the rest of the path and goes to where the target starts from.
int follow_link(walk* w, dentry* link) {
    if (++w->links > MAX_LINKS) return -ELOOP;
    char* target = w->buffer[w->current_buffer ^ 1];
    const long length = link->d_inode->i_op->readlink(link->d_inode, target, PATH_MAX);
    if (length < 0) return static_cast<int>(length);
    if (length == 0) return -ENOENT;
    const size_t rest = strlen(w->rest);
    if (static_cast<size_t>(length) + rest + 2 > PATH_MAX) return -ENAMETOOLONG;
    if (w->rest[-1] == '/') {  // something follows, or the path ends in a slash and wants a directory
        target[length] = '/';
        memcpy(target + length + 1, w->rest, rest + 1);
    } else {
        target[length] = '\0';
    }
    w->current_buffer ^= 1;
    w->rest = target;
    if (*target == '/') move_to(w, get_root_or_pwd(true));
    return 0;
}

/// The next name of a path: where it ends, and where the one behind it begins.
struct name_span {
    unsigned length;
    char* next;
    bool must_be_directory;  // a slash follows
};
name_span span_of(char* name) {
    char* end = name;
    while (*end && *end != '/')
        end++;
    char* next = end;
    while (*next == '/')
        next++;
    return {static_cast<unsigned>(end - name), next, *end == '/'};
}

/// Takes the next name of the path and goes there. A link is followed unless it is the end and `flags` say
/// not to.
int step(walk* w, unsigned flags) {
    const name_span span = span_of(w->rest);
    dentry* child = lookup_one(w->at, w->rest, span.length);
    if (IS_ERR(child)) return static_cast<int>(PTR_ERR(child));
    w->rest = span.next;
    const bool is_link = (child->d_inode->i_mode & S_IFMT) == S_IFLNK;
    if (is_link && (span.must_be_directory || (flags & LOOKUP_FOLLOW))) {
        const int error = follow_link(w, child);
        dput(child);
        return error;
    }
    move_to(w, child);
    return span.must_be_directory && !is_directory(child->d_inode) ? -ENOTDIR : 0;
}

/// Is the last name a link that is to be followed? Then its target takes its place in the path.
/// 1 (go on), 0 (no link, or no such name) or -errno.
int follow_last_link(walk* w, const name_span& span) {
    dentry* child = lookup_one(w->at, w->rest, span.length);
    if (IS_ERR(child)) return PTR_ERR(child) == -ENOENT ? 0 : static_cast<int>(PTR_ERR(child));
    const bool is_link = (child->d_inode->i_mode & S_IFMT) == S_IFLNK;
    if (is_link) w->rest = span.next;
    const int error = is_link ? follow_link(w, child) : 0;
    dput(child);
    return error ? error : is_link;
}

/// With LOOKUP_PARENT the walk stops before the last name, which is then w->rest.
int walk_to_end(walk* w, unsigned flags) {
    for (;;) {
        while (*w->rest == '/')
            w->rest++;
        if (!*w->rest) return 0;
        const name_span span = span_of(w->rest);
        if ((flags & LOOKUP_PARENT) && !*span.next) {
            if (!is_directory(w->at->d_inode)) return -ENOTDIR;
            const int followed = flags & LOOKUP_FOLLOW ? follow_last_link(w, span) : 0;
            if (followed <= 0) return followed;
        } else if (const int error = step(w, flags)) {
            return error;
        }
    }
}

/// Walks, and lets `found` look at the place where the walk ended (w.at, whose reference it takes over).
template <class Found>
int walk_path(int dfd, const char* path, unsigned flags, Found found) {
    const size_t length = strnlen(path, PATH_MAX);
    if (length == 0) return -ENOENT;
    if (length == PATH_MAX) return -ENAMETOOLONG;
    char* buffers = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 1));
    if (!buffers) return -ENOMEM;
    walk w{get_start(dfd, path), {buffers, buffers + PATH_MAX}, 0, buffers, 0};
    if (!w.at) {
        free_pages(reinterpret_cast<ulong>(buffers), 1);
        return -EBADF;
    }
    memcpy(buffers, path, length + 1);
    int error = walk_to_end(&w, flags);
    if (!error) error = found(&w);
    if (error) dput(w.at);
    free_pages(reinterpret_cast<ulong>(buffers), 1);
    return error;
}
}  // namespace

dentry* lookup_locked(dentry* dir, const char* name, unsigned length) {
    if (length > NAME_MAX) return ERR_PTR<dentry>(-ENAMETOOLONG);
    if (d_deleted(dir)) return ERR_PTR<dentry>(-ENOENT);
    dentry* child = d_lookup(dir, name, length);
    return child ? child : ask_file_system(dir, name, length);
}

int path_lookup_at(int dfd, const char* path, unsigned flags, dentry** found) {
    return walk_path(dfd, path, flags, [&](const walk* w) {
        if ((flags & LOOKUP_DIRECTORY) && !is_directory(w->at->d_inode)) return -ENOTDIR;
        *found = w->at;
        return 0;
    });
}

int path_parent_at(int dfd, const char* path, unsigned flags, last_name* last) {
    return walk_path(dfd, path, flags | LOOKUP_PARENT, [&](const walk* w) {
        const name_span span = span_of(w->rest);
        if (span.length > NAME_MAX) return -ENAMETOOLONG;
        memcpy(last->name, w->rest, span.length);
        last->name[span.length] = '\0';
        last->length = span.length;
        last->wants_directory = span.must_be_directory;
        last->dir = w->at;
        return 0;
    });
}

char* getname(const char* path) {
    char* name = reinterpret_cast<char*>(__get_free_pages(GFP_KERNEL, 0));
    if (!name) return ERR_PTR<char>(-ENOMEM);
    const long length = strncpy_from_user(name, path, PATH_MAX);
    if (length > 0 && length < static_cast<long>(PATH_MAX)) return name;
    putname(name);
    return ERR_PTR<char>(length < 0 ? length : length == 0 ? -ENOENT : -ENAMETOOLONG);
}

void putname(char* name) {
    free_page(reinterpret_cast<ulong>(name));
}

int user_path_at(int dfd, const char* path, unsigned flags, dentry** found) {
    char* name = getname(path);
    if (IS_ERR(name)) return static_cast<int>(PTR_ERR(name));
    const int error = path_lookup_at(dfd, name, flags, found);
    putname(name);
    return error;
}
