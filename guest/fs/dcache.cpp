// SPDX-License-Identifier: GPL-2.0-or-later
// Names and inodes: making them, counting their users, spelling paths. The tree of the root file system is
// built at boot and never changes, so walking it needs no lock; names of /proc live as long as somebody uses
// them.
#include "fs/internal.h"

#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

dentry* root_dentry;

static kmem_cache *dentry_cachep, *inode_cachep;

void dcache_init() {
    dentry_cachep = kmem_cache_create("dentry", sizeof(dentry), 0, SLAB_PANIC, nullptr);
    inode_cachep = kmem_cache_create("inode_cache", sizeof(inode), 0, SLAB_PANIC, nullptr);
}

dentry* d_alloc(dentry* parent, const char* name, unsigned length) {
    dentry* d = static_cast<dentry*>(kmem_cache_zalloc(dentry_cachep, GFP_KERNEL));
    char* copy = static_cast<char*>(kmalloc(length + 1, GFP_KERNEL));
    if (!d || !copy) {
        kfree(copy);
        if (d) kmem_cache_free(dentry_cachep, d);
        return nullptr;
    }
    memcpy(copy, name, length);
    copy[length] = '\0';
    atomic_set(&d->d_count, 1);
    d->d_name = {length, copy};
    d->d_parent = parent ? dget(parent) : d;
    INIT_LIST_HEAD(&d->d_child);
    INIT_LIST_HEAD(&d->d_subdirs);
    return d;
}

void dput(dentry* d) {
    while (atomic_dec_and_test(&d->d_count)) {
        dentry* parent = d->d_parent;
        BUG_ON(parent == d || !list_empty(&d->d_child));
        if (d->d_inode) iput(d->d_inode);
        kfree(d->d_name.name);
        kmem_cache_free(dentry_cachep, d);
        d = parent;
    }
}

void d_add(dentry* d, inode* node) {
    d->d_inode = node;
    if (d->d_parent != d) list_add_tail(&d->d_child, &d->d_parent->d_subdirs);
}

dentry* find_child(dentry* dir, const char* name, unsigned length) {
    dentry* child = nullptr;
    list_for_each_entry(child, &dir->d_subdirs, d_child) {
        if (child->d_name.len == length && memcmp(child->d_name.name, name, length) == 0) return child;
    }
    return nullptr;
}

inode* new_inode(unsigned mode, ulong ino, u16 device) {
    inode* node = static_cast<inode*>(kmem_cache_zalloc(inode_cachep, GFP_KERNEL));
    if (!node) return nullptr;
    node->i_mode = mode;
    node->i_ino = ino;
    node->i_dev = device;
    atomic_set(&node->i_count, 1);
    node->i_mapping = &node->i_data;
    node->i_data.host = node;
    address_space_init_once(&node->i_data);
    return node;
}

void iput(inode* node) {
    if (!atomic_dec_and_test(&node->i_count)) return;
    if (node->i_data.nrpages > 0) truncate_inode_pages(&node->i_data);
    kmem_cache_free(inode_cachep, node);
}

char* d_path(const dentry* d, char* buffer, size_t size) {
    if (size < 2) return ERR_PTR<char>(-ENAMETOOLONG);
    char* at = buffer + size;
    *--at = '\0';
    if (d->d_parent == d) *--at = '/';
    for (; d->d_parent != d; d = d->d_parent) {
        const size_t length = d->d_name.len;
        if (static_cast<size_t>(at - buffer) < length + 1) return ERR_PTR<char>(-ENAMETOOLONG);
        at -= length;
        memcpy(at, d->d_name.name, length);
        *--at = '/';
    }
    return at;
}
