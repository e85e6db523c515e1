// SPDX-License-Identifier: GPL-2.0-or-later
// The life of inodes: found by number while they are in memory, kept for a while after their last use,
// written back when they differ from the disk.
#include "fs/internal.h"
#include "fs/super.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "kernel/wait.h"
#include "mm/slab.h"
#include "mm/writeback.h"

namespace {
constexpr unsigned kInodeBuckets = 128;
constexpr unsigned kMaxUnused = 256;  // kept in memory without users

kmem_cache* inode_cachep;
spinlock_t inode_lock =
    SPIN_LOCK_UNLOCKED;  // the table, the lists, i_state, and the step of i_count to and from 0
hlist_head inode_table[kInodeBuckets];
list_head inode_unused = LIST_HEAD_INIT(inode_unused);  // count 0; the longest unused first
unsigned nr_unused;
wait_queue_head_t inode_wait;  // for I_NEW and I_FREEING to end

hlist_head* bucket_of(const super_block* sb, ulong ino) {
    return &inode_table[(ino + sb->s_dev) % kInodeBuckets];
}

inode* hashed_inode(hlist_node* node) {
    return container_of(node, inode, i_hash);
}

/// inode_lock held.
inode* find_hashed(const super_block* sb, ulong ino) {
    for (hlist_node* at = bucket_of(sb, ino)->first; at; at = at->next) {
        inode* node = hashed_inode(at);
        if (node->i_sb == sb && node->i_ino == ino) return node;
    }
    return nullptr;
}

/// One reference more, also from none. inode_lock held.
void grab_locked(inode* node) {
    if (atomic_read(&node->i_count) == 0) {
        list_del_init(&node->i_lru);
        nr_unused--;
    }
    atomic_inc(&node->i_count);
}

void wait_while(const inode* node, unsigned state) {
    wait_event(inode_wait, !test_bit(state, &node->i_state));
}

void free_inode(inode* node) {
    BUG_ON(node->i_data.nrpages != 0);
    kmem_cache_free(inode_cachep, node);
}

/// The inode has I_FREEING and nobody else can get at it.
void dispose(inode* node) {
    const super_operations* ops = node->i_sb->s_op;
    truncate_inode_pages(&node->i_data);
    if (node->i_nlink == 0 && !test_bit(I_BAD, &node->i_state) && ops->delete_inode) ops->delete_inode(node);
    if (ops->clear_inode) ops->clear_inode(node);
    spin_lock(&inode_lock);
    if (node->i_hash.pprev) hlist_del(&node->i_hash);
    list_del(&node->i_sb_list);
    spin_unlock(&inode_lock);
    wake_up_all(&inode_wait);
    free_inode(node);
}

/// The longest unused inode, if it is clean, leaves the list with I_FREEING; a dirty one gets a reference.
/// Null: few are unused.
inode* take_victim(bool* is_dirty) {
    spin_guard guard(&inode_lock);
    if (nr_unused <= kMaxUnused) return nullptr;
    inode* node = list_entry(inode_unused.next, inode, i_lru);
    *is_dirty = test_bit(I_DIRTY, &node->i_state) || mapping_has_dirty_pages(&node->i_data);
    if (*is_dirty) {
        grab_locked(node);
    } else {
        list_del_init(&node->i_lru);
        nr_unused--;
        set_bit(I_FREEING, &node->i_state);
    }
    return node;
}

void shrink_unused() {
    bool is_dirty = false;
    while (inode* node = take_victim(&is_dirty)) {
        if (!is_dirty) {
            dispose(node);
            continue;
        }
        write_inode_now(node);
        clear_bit(I_DIRTY, &node->i_state);  // what cannot be written must not stay for ever
        iput(node);
    }
}

inode* alloc_inode(super_block* sb, unsigned mode, ulong ino) {
    inode* node = new_inode(mode, ino, sb->s_dev);
    if (node) node->i_sb = sb;
    return node;
}

/// inode_lock held.
void enter(inode* node) {
    hlist_add_head(&node->i_hash, bucket_of(node->i_sb, node->i_ino));
    list_add_tail(&node->i_sb_list, &node->i_sb->s_inodes);
}
}  // namespace

void inode_cache_init() {
    inode_cachep = kmem_cache_create("inode_cache", sizeof(inode), 0, SLAB_PANIC, nullptr);
    init_waitqueue_head(&inode_wait);
}

inode* new_inode(unsigned mode, ulong ino, u16 device) {
    inode* node = static_cast<inode*>(kmem_cache_zalloc(inode_cachep, GFP_KERNEL));
    if (!node) return nullptr;
    node->i_mode = mode;
    node->i_ino = ino;
    node->i_dev = device;
    node->i_nlink = 1;
    atomic_set(&node->i_count, 1);
    mutex_init(&node->i_mutex);
    INIT_LIST_HEAD(&node->i_lru);
    node->i_mapping = &node->i_data;
    node->i_data.host = node;
    address_space_init_once(&node->i_data);
    return node;
}

inode* new_inode_of(super_block* sb, unsigned mode, ulong ino) {
    inode* node = alloc_inode(sb, mode, ino);
    if (!node) return nullptr;
    node->i_atime = node->i_mtime = node->i_ctime = current_seconds();
    node->i_uid = current->fsuid;
    node->i_gid = current->fsgid;
    spin_guard guard(&inode_lock);
    enter(node);
    return node;
}

inode* iget_locked(super_block* sb, ulong ino) {
    shrink_unused();
    inode* fresh = nullptr;
    for (;;) {
        spin_lock(&inode_lock);
        inode* node = find_hashed(sb, ino);
        if (!node && fresh) {
            set_bit(I_NEW, &fresh->i_state);
            enter(fresh);
            spin_unlock(&inode_lock);
            return fresh;
        }
        const bool going = node && test_bit(I_FREEING, &node->i_state);
        if (node && !going) grab_locked(node);
        spin_unlock(&inode_lock);
        if (!node) {
            fresh = alloc_inode(sb, 0, ino);
            if (!fresh) return nullptr;
        } else if (going) {
            schedule_timeout_uninterruptible(
                1);  // its memory may be gone any moment, so that there is nothing to wait on
        } else {
            if (fresh) free_inode(fresh);
            wait_while(node, I_NEW);
            if (!test_bit(I_BAD, &node->i_state)) return node;
            iput(node);
            return ERR_PTR<inode>(-EIO);
        }
    }
}

void unlock_new_inode(inode* node) {
    clear_bit(I_NEW, &node->i_state);
    wake_up_all(&inode_wait);
}

void iget_failed(inode* node) {
    set_bit(I_BAD, &node->i_state);
    unlock_new_inode(node);
    iput(node);
}

inode* igrab(inode* node) {
    spin_guard guard(&inode_lock);
    if (test_bit(I_FREEING, &node->i_state)) return nullptr;
    grab_locked(node);
    return node;
}

void iput(inode* node) {
    if (!node->i_sb) {
        if (!atomic_dec_and_test(&node->i_count)) return;
        if (node->i_data.nrpages > 0) truncate_inode_pages(&node->i_data);
        free_inode(node);
        return;
    }
    spin_lock(&inode_lock);
    if (!atomic_dec_and_test(&node->i_count)) {
        spin_unlock(&inode_lock);
        return;
    }
    const bool ends = node->i_nlink == 0 || test_bit(I_BAD, &node->i_state);
    if (ends) {
        set_bit(I_FREEING, &node->i_state);
    } else {
        list_add_tail(&node->i_lru, &inode_unused);
        nr_unused++;
    }
    spin_unlock(&inode_lock);
    if (ends) dispose(node);
}

void mark_inode_dirty(inode* node) {
    set_bit(I_DIRTY, &node->i_state);
}

static int write_attributes(inode* node) {
    if (!test_and_clear_bit(I_DIRTY, &node->i_state)) return 0;
    const super_operations* ops = node->i_sb->s_op;
    const int error = ops->write_inode ? ops->write_inode(node) : 0;
    if (error) set_bit(I_DIRTY, &node->i_state);
    return error;
}

int write_inode_now(inode* node) {
    const int result = filemap_write_and_wait(&node->i_data);
    const int error = write_attributes(node);
    return result ? result : error;
}

static int write_in_background(inode* node) {
    const int result = filemap_write_and_keep_errors(&node->i_data);
    const int error = write_attributes(node);
    return result ? result : error;
}

int sync_inodes(super_block* sb) {
    int result = 0;
    inode *node = nullptr, *previous = nullptr;
    spin_lock(&inode_lock);
    list_for_each_entry(node, &sb->s_inodes, i_sb_list) {
        const bool dirty = test_bit(I_DIRTY, &node->i_state) || mapping_has_dirty_pages(&node->i_data);
        if (!dirty || test_bit(I_FREEING, &node->i_state) || test_bit(I_NEW, &node->i_state)) continue;
        grab_locked(node);  // it stays in the list while we sleep
        spin_unlock(&inode_lock);
        if (previous) iput(previous);
        previous = node;
        const int error = write_in_background(node);
        if (!result) result = error;
        spin_lock(&inode_lock);
    }
    spin_unlock(&inode_lock);
    if (previous) iput(previous);
    return result;
}

int invalidate_inodes(super_block* sb) {
    for (;;) {
        spin_lock(&inode_lock);
        if (list_empty(&sb->s_inodes)) {
            spin_unlock(&inode_lock);
            return 0;
        }
        inode* node = list_entry(sb->s_inodes.next, inode, i_sb_list);
        if (atomic_read(&node->i_count) > 0 || test_bit(I_FREEING, &node->i_state)) {
            spin_unlock(&inode_lock);
            return -EBUSY;
        }
        list_del_init(&node->i_lru);
        nr_unused--;
        set_bit(I_FREEING, &node->i_state);
        spin_unlock(&inode_lock);
        dispose(node);
    }
}

u32 current_seconds() {
    return static_cast<u32>(wall_time().tv_sec);
}
