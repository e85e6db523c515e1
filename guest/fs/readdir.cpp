// SPDX-License-Identifier: GPL-2.0-or-later
// Reading directories: getdents64 and the older getdents, whose record ends with the type.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"

namespace {
struct linux_dirent64 {
    u64 ino;
    s64 next;  // the position of the entry behind
    u16 length;
    u8 type;
};
constexpr size_t DIRENT64_NAME = 19;  // where the name begins: no padding in the record

struct linux_dirent {
    u32 ino;
    u32 next;
    u16 length;
};
constexpr size_t DIRENT_NAME = 10;

/// What the user's buffer still takes. `error` is why filling ended, if not for want of room.
struct fill_state {
    char* at;
    size_t left;
    int error;
};

size_t record_size(size_t name_offset, unsigned name_length, size_t tail, size_t align) {
    return (name_offset + name_length + tail + align - 1) & ~(align - 1);
}

/// Copies a record whose fixed part and name stand in `record`.
int put_record(fill_state* state, const char* record, size_t size) {
    if (size > state->left) return 1;
    if (copy_to_user(state->at, record, size)) {
        state->error = -EFAULT;
        return 1;
    }
    state->at += size;
    state->left -= size;
    return 0;
}

int fill_dirent64(void* context, const char* name, unsigned length, loff_t next, ulong ino, unsigned type) {
    char record[DIRENT64_NAME + NAME_MAX + 9] = {};
    const size_t size = record_size(DIRENT64_NAME, length, 1, 8);
    const linux_dirent64 head{ino, next, static_cast<u16>(size), static_cast<u8>(type)};
    memcpy(record, &head, DIRENT64_NAME);
    memcpy(record + DIRENT64_NAME, name, length);
    return put_record(static_cast<fill_state*>(context), record, size);
}

int fill_dirent(void* context, const char* name, unsigned length, loff_t next, ulong ino, unsigned type) {
    char record[DIRENT_NAME + NAME_MAX + 6] = {};
    const size_t size = record_size(DIRENT_NAME, length, 2, 4);
    const linux_dirent head{static_cast<u32>(ino), static_cast<u32>(next), static_cast<u16>(size)};
    memcpy(record, &head, DIRENT_NAME);
    memcpy(record + DIRENT_NAME, name, length);
    record[size - 1] = static_cast<char>(type);
    return put_record(static_cast<fill_state*>(context), record, size);
}

using fill_function = int (*)(void*, const char*, unsigned, loff_t, ulong, unsigned);

long get_entries(unsigned fd, void* entries, unsigned size, fill_function fill) {
    if (!access_ok(entries, size)) return -EFAULT;
    file* filp = fget(fd);
    if (!filp) return -EBADF;
    fill_state state{static_cast<char*>(entries), size, 0};
    const loff_t before = filp->f_pos;
    long result = -ENOTDIR;
    if (filp->f_op->readdir) {
        inode* dir = filp->f_path.dentry->d_inode;
        mutex_lock(&dir->i_mutex);  // names neither come nor go nor change while they are listed
        result = filp->f_op->readdir(filp, &state, fill);
        mutex_unlock(&dir->i_mutex);
        const long filled = static_cast<long>(size - state.left);
        if (filled > 0) {
            result = filled;
        } else if (result >= 0) {
            result = state.error ? state.error : result > 0 && filp->f_pos == before ? -EINVAL : 0;
        }
    }
    fput(filp);
    return result;
}
}  // namespace

long sys_getdents64(unsigned fd, void* entries, unsigned size) {
    return get_entries(fd, entries, size, fill_dirent64);
}
long sys_getdents(unsigned fd, void* entries, unsigned size) {
    return get_entries(fd, entries, size, fill_dirent);
}

/// Positions: 0 is ".", 1 is "..", 2 the first entry. 1 if `fill` stopped before the end, else 0.
int dcache_readdir(file* filp, void* context, fill_function fill) {
    constexpr unsigned DT_DIR = S_IFDIR >> 12;
    const dentry* dir = filp->f_path.dentry;
    if (filp->f_pos == 0) {
        if (fill(context, ".", 1, 1, dir->d_inode->i_ino, DT_DIR)) return 1;
        filp->f_pos = 1;
    }
    if (filp->f_pos == 1) {
        if (fill(context, "..", 2, 2, dir->d_parent->d_inode->i_ino, DT_DIR)) return 1;
        filp->f_pos = 2;
    }
    while (dentry* child = d_next_child(filp->f_path.dentry, static_cast<ulong>(filp->f_pos))) {
        const inode* node = child->d_inode;
        const auto next = static_cast<loff_t>(child->d_position) + 1;
        const int full =
            fill(context, child->d_name.name, child->d_name.len, next, node->i_ino, dirent_type(node));
        dput(child);
        if (full) return 1;
        filp->f_pos = next;
    }
    return 0;
}
