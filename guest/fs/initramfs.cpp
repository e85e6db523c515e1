// SPDX-License-Identifier: GPL-2.0-or-later
// Unpacks the initial file system: a cpio archive in the "newc" format (cpio(5), "New ASCII Format"). Only
// names are unpacked; the bytes of files stay in the archive. The archive is not trusted: every length is
// checked.
#include "arch/pgtable.h"
#include "fs/internal.h"
#include "fs/rootfs.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/slab.h"

namespace {
constexpr ulong HEADER_SIZE = 110, MAGIC_SIZE = 6, FIELD_SIZE = 8;
constexpr char MAGIC[] = "070701";
constexpr char TRAILER[] = "TRAILER!!!";
/// The header's numbers in their order, each eight hexadecimal digits.
enum field {
    INO,
    MODE,
    UID,
    GID,
    NLINK,
    MTIME,
    FILESIZE,
    DEVMAJOR,
    DEVMINOR,
    RDEVMAJOR,
    RDEVMINOR,
    NAMESIZE,
    CHECK,
    FIELDS
};

/// A file with several names: all but the last come without bytes.
struct hard_link {
    hard_link* next;
    u32 ino;
    inode* node;
};

struct archive {
    const char* bytes;
    ulong size, offset;  // offset: of the entry at hand
    hard_link* links;
};

struct entry {
    u32 number[FIELDS];
    const char* name;  // NUL-ended, in the archive
    const char* data;
    ulong end;  // offset of the next header
};

int damaged(const archive* a, const char* what) {
    printk("initramfs: offset %lu: %s\n", a->offset, what);
    return -EINVAL;
}

bool parse_hex(const char* digits, u32* value) {
    *value = 0;
    for (ulong i = 0; i < FIELD_SIZE; i++) {
        const char c = digits[i];
        const char letter = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9') {
            *value = *value << 4 | static_cast<u32>(c - '0');
        } else if (letter >= 'a' && letter <= 'f') {
            *value = *value << 4 | static_cast<u32>(letter - 'a' + 10);
        } else {
            return false;
        }
    }
    return true;
}

constexpr u64 align4(u64 value) {
    return (value + 3) & ~3ull;
}

/// Reads the header at a->offset and checks that name and data lie in the archive. 0 or -EINVAL.
int read_entry(const archive* a, entry* e) {
    if (a->size - a->offset < HEADER_SIZE) return damaged(a, "the archive ends within a header");
    const char* header = a->bytes + a->offset;
    if (memcmp(header, MAGIC, MAGIC_SIZE) != 0)
        return damaged(a, "no header of a newc archive (070701) here");
    for (unsigned i = 0; i < FIELDS; i++) {
        if (!parse_hex(header + MAGIC_SIZE + i * FIELD_SIZE, &e->number[i])) {
            return damaged(a, "a header field is not a hexadecimal number");
        }
    }
    const u64 name_end = static_cast<u64>(a->offset) + HEADER_SIZE + e->number[NAMESIZE];
    const u64 data_start = align4(name_end);
    const u64 data_end = data_start + e->number[FILESIZE];
    if (e->number[NAMESIZE] < 2 || e->number[NAMESIZE] > PATH_MAX)
        return damaged(a, "the name's length is impossible");
    if (name_end > a->size) return damaged(a, "the archive ends within a name");
    e->name = header + HEADER_SIZE;
    if (strnlen(e->name, e->number[NAMESIZE]) != e->number[NAMESIZE] - 1)
        return damaged(a, "a name does not end with NUL");
    if (data_end > a->size) return damaged(a, "the archive ends within a file");
    e->data = a->bytes + data_start;
    e->end = static_cast<ulong>(min<u64>(align4(data_end), a->size));
    return 0;
}

/// Splits a name into its directory, which must be there, and its last part. Null: it is not there.
dentry* find_directory(const char* name, const char** last, unsigned* length) {
    dentry* dir = root_dentry;
    for (;;) {
        while (*name == '/' || (name[0] == '.' && (name[1] == '/' || !name[1])))
            name++;
        const char* end = name;
        while (*end && *end != '/')
            end++;
        const char* next = end;
        while (*next == '/')
            next++;
        *last = name;
        *length = static_cast<unsigned>(end - name);
        if (!*next) return dir;
        dir = find_child(dir, name, *length);
        if (!dir || !is_directory(dir->d_inode)) return nullptr;
        name = next;
    }
}

/// The inode of a regular file; names of one file share it. Null: no memory.
inode* file_inode(archive* a, const entry& e) {
    const u32* n = e.number;
    hard_link* link = a->links;
    while (n[NLINK] > 1 && link && link->ino != n[INO])
        link = link->next;
    if (n[NLINK] > 1 && link) {
        if (n[FILESIZE]) rootfs_set_data(link->node, e.data, n[FILESIZE]);
        atomic_inc(&link->node->i_count);
        return link->node;
    }
    inode* node = rootfs_file_inode(n[MODE], e.data, n[FILESIZE]);
    if (!node || n[NLINK] <= 1) return node;
    link = static_cast<hard_link*>(kmalloc(sizeof(hard_link), GFP_KERNEL));
    if (link) {
        *link = {a->links, n[INO], node};
        a->links = link;
    }
    return node;
}

inode* inode_of(archive* a, const entry& e) {
    const u32* n = e.number;
    switch (n[MODE] & S_IFMT) {
        case S_IFREG:
            return file_inode(a, e);
        case S_IFDIR:
            return rootfs_directory_inode(n[MODE]);
        case S_IFLNK:
            return rootfs_link_inode(e.data, n[FILESIZE]);
        default:
            return rootfs_device_inode(n[MODE], make_dev(n[RDEVMAJOR] & 0xFF, n[RDEVMINOR] & 0xFF));
    }
}

/// Enters one file. A directory or device that is there already (/dev, /proc) is left as it is.
int add_entry(archive* a, const entry& e) {
    const unsigned type = e.number[MODE] & S_IFMT;
    if (type != S_IFREG && type != S_IFDIR && type != S_IFLNK && type != S_IFCHR) {
        return damaged(a, "this kind of file is unknown");
    }
    if (type == S_IFLNK && (e.number[FILESIZE] == 0 || e.number[FILESIZE] >= PATH_MAX)) {
        return damaged(a, "the length of a link's target is impossible");
    }
    const char* name = nullptr;
    unsigned length = 0;
    dentry* dir = find_directory(e.name, &name, &length);
    if (!dir) return damaged(a, "a file's directory does not come before it");
    if (length == 0) return 0;  // the root itself
    if (length > NAME_MAX || (length == 2 && name[0] == '.' && name[1] == '.'))
        return damaged(a, "a bad name");
    if (const dentry* old = find_child(dir, name, length)) {
        const bool same = (old->d_inode->i_mode & S_IFMT) == type && type != S_IFREG && type != S_IFLNK;
        return same ? 0 : damaged(a, "a name comes twice");
    }
    inode* node = inode_of(a, e);
    if (!node || !rootfs_add(dir, name, length, node)) {
        damaged(a, "no memory for another file");
        return -ENOMEM;
    }
    return 1;
}

void forget_links(archive* a) {
    while (hard_link* link = a->links) {
        a->links = link->next;
        kfree(link);
    }
}

/// Enters everything up to the trailer. The number of files or -errno.
int unpack(archive* a) {
    int files = 0;
    for (;;) {
        entry e{};
        if (const int error = read_entry(a, &e)) return error;
        if (strcmp(e.name, TRAILER) == 0) return files;
        const int added = add_entry(a, e);
        if (added < 0) return added;
        files += added;
        a->offset = e.end;
    }
}
}  // namespace

int populate_rootfs(const void* bytes, ulong size) {
    archive a{static_cast<const char*>(bytes), size, 0, nullptr};
    const int files = unpack(&a);
    forget_links(&a);
    return files;
}
