// SPDX-License-Identifier: GPL-2.0-or-later
// Names: making them, counting their users, spelling paths. A name is in its directory's list while it
// exists; names of /proc are in no list and live as long as somebody uses them.
#include "fs/internal.h"

#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

dentry* root_dentry;

static kmem_cache* dentry_cachep;
static spinlock_t dcache_lock = SPIN_LOCK_UNLOCKED;

void dcache_init() {
    dentry_cachep = kmem_cache_create("dentry", sizeof(dentry), 0, SLAB_PANIC, nullptr);
    inode_cache_init();
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
    d->d_next_position = 2;  // behind "." and ".."
    INIT_LIST_HEAD(&d->d_child);
    INIT_LIST_HEAD(&d->d_subdirs);
    return d;
}

/// One reference less. True if it was the last: nobody can find the name any more.
static bool drop_reference(dentry* d) {
    spin_guard guard(&dcache_lock);
    if (!atomic_dec_and_test(&d->d_count)) return false;
    BUG_ON(d->d_parent == d || d->d_mounted);
    if (!list_empty(&d->d_child)) list_del_init(&d->d_child);
    return true;
}

void dput(dentry* d) {
    while (drop_reference(d)) {
        dentry* parent = d->d_parent;
        if (d->d_inode) iput(d->d_inode);
        kfree(d->d_name.name);
        kmem_cache_free(dentry_cachep, d);
        d = parent;
    }
}

void d_add(dentry* d, inode* node) {
    spin_guard guard(&dcache_lock);
    d->d_inode = node;
    if (d->d_parent == d) return;
    d->d_position = d->d_parent->d_next_position++;
    list_add_tail(&d->d_child, &d->d_parent->d_subdirs);
}

dentry* find_child(dentry* dir, const char* name, unsigned length) {
    dentry* child = nullptr;
    list_for_each_entry(child, &dir->d_subdirs, d_child) {
        if (child->d_name.len == length && memcmp(child->d_name.name, name, length) == 0) return child;
    }
    return nullptr;
}

dentry* d_lookup(dentry* dir, const char* name, unsigned length) {
    spin_guard guard(&dcache_lock);
    dentry* child = find_child(dir, name, length);
    return child ? dget(child) : nullptr;
}

dentry* d_next_child(dentry* dir, ulong position) {
    spin_guard guard(&dcache_lock);
    dentry* child = nullptr;
    list_for_each_entry(child, &dir->d_subdirs, d_child) {
        if (child->d_position >= position) return dget(child);
    }
    return nullptr;
}

char* deleted_name(const dentry* d) {
    constexpr char kSuffix[] = " (deleted)";
    const unsigned length = d->d_name.len;
    char* text = static_cast<char*>(kmalloc(length + sizeof kSuffix, GFP_KERNEL));
    if (!text) return nullptr;
    memcpy(text, d->d_name.name, length);
    memcpy(text + length, kSuffix, sizeof kSuffix);
    return text;
}

/// Gives the name `text`; returns the old one, for kfree. dcache_lock held.
static const char* exchange_name(dentry* d, char* text, unsigned length) {
    const char* old = d->d_name.name;
    d->d_name = {length, text};
    return old;
}

void d_drop(dentry* d, char* text) {
    spin_lock(&dcache_lock);
    const char* old = exchange_name(d, text, static_cast<unsigned>(strlen(text)));
    d->d_flags |= DCACHE_DELETED;
    if (!list_empty(&d->d_child)) list_del_init(&d->d_child);
    spin_unlock(&dcache_lock);
    kfree(old);
}

void d_move(dentry* d, dentry* parent, char* text, unsigned length) {
    dget(parent);
    spin_lock(&dcache_lock);
    const char* old = exchange_name(d, text, length);
    dentry* old_parent = d->d_parent;
    d->d_parent = parent;
    d->d_position = parent->d_next_position++;
    list_move_tail(&d->d_child, &parent->d_subdirs);
    spin_unlock(&dcache_lock);
    kfree(old);
    dput(old_parent);
}

void d_set_mounted(dentry* place, dentry* root) {
    spin_guard guard(&dcache_lock);
    place->d_mounted = root;
}

dentry* d_follow_mounts(dentry* d) {
    while (d->d_mounted) {
        spin_lock(&dcache_lock);
        dentry* root = d->d_mounted ? dget(d->d_mounted) : nullptr;
        spin_unlock(&dcache_lock);
        if (!root) break;
        dput(d);
        d = root;
    }
    return d;
}

bool d_is_below(const dentry* d, const dentry* ancestor) {
    spin_guard guard(&dcache_lock);
    while (d != ancestor && d->d_parent != d)
        d = d->d_parent;
    return d == ancestor;
}

void d_free_root(dentry* root) {
    BUG_ON(atomic_read(&root->d_count) != 1 || !list_empty(&root->d_subdirs));
    iput(root->d_inode);
    kfree(root->d_name.name);
    kmem_cache_free(dentry_cachep, root);
}

char* d_path(const dentry* d, char* buffer, size_t size) {
    if (size < 2) return ERR_PTR<char>(-ENAMETOOLONG);
    char* at = buffer + size;
    *--at = '\0';
    spin_guard guard(&dcache_lock);
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
