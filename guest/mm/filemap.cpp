// SPDX-License-Identifier: GPL-2.0-or-later
// The page cache: finding and reading the pages of files, for faults and for read().
#include "mm/filemap.h"

#include "arch/uaccess.h"
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "kernel/wait.h"
#include "mm/internal.h"
#include "mm/swap.h"
#include "mm/writeback.h"

namespace {

atomic_t cached_pages = ATOMIC_INIT(0);
wait_queue_head_t page_wait;  // of everybody who waits for some page to be unlocked

pgoff_t size_in_pages(const inode* node) {
    return static_cast<pgoff_t>((static_cast<u64>(node->i_size) + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/// A new page, locked and in the cache, with a reference for the caller; or ERR_PTR (-EEXIST if another task
/// was faster).
page* add_new_page(address_space* mapping, pgoff_t index) {
    page* p = alloc_page(GFP_USER);
    if (!p) return ERR_PTR<page>(-ENOMEM);
    set_bit(PG_locked, &p->flags);
    if (const int error = add_to_page_cache(p, mapping, index)) {
        clear_bit(PG_locked, &p->flags);
        put_page(p);
        return ERR_PTR<page>(error);
    }
    get_page(p);
    return p;
}

/// The page, uptodate and with a reference, or ERR_PTR. `filp` may be null where readpage needs none.
page* get_file_page(address_space* mapping, file* filp, pgoff_t index, bool* was_read) {
    *was_read = false;
    for (;;) {
        page* p = find_get_page(mapping, index);
        if (p && PageUptodate(p)) return p;
        if (p) {
            lock_page(p);
        } else {
            p = add_new_page(mapping, index);
            if (PTR_ERR(p) == -EEXIST) continue;
            if (IS_ERR(p)) return p;
        }
        int error = 0;
        if (p->mapping == mapping && !PageUptodate(p)) {
            *was_read = true;
            error = mapping->a_ops->readpage(filp, p);
        } else {
            unlock_page(p);
        }
        if (!error && PageUptodate(p) && p->mapping == mapping) return p;
        put_page(p);
        if (error) return ERR_PTR<page>(error);
    }
}

page* get_file_page(file* filp, pgoff_t index, bool* was_read) {
    return get_file_page(filp->f_mapping, filp, index, was_read);
}

/// Bytes of one page into user memory; how many, 0 at the end of the file, or -errno.
long read_from_page(file* filp, char* user_buffer, size_t count, u64 position) {
    const u64 size = static_cast<u64>(filp->f_mapping->host->i_size);
    if (position >= size) return 0;
    const ulong offset = static_cast<ulong>(position) & ~PAGE_MASK;
    const auto chunk = static_cast<size_t>(min<u64>(min<u64>(count, PAGE_SIZE - offset), size - position));
    bool was_read;
    page* p = get_file_page(filp, static_cast<pgoff_t>(position >> PAGE_SHIFT), &was_read);
    if (IS_ERR(p)) return PTR_ERR(p);
    const ulong left = copy_to_user(user_buffer, static_cast<char*>(page_address(p)) + offset, chunk);
    mark_page_accessed(p);
    put_page(p);
    return left == chunk ? -EFAULT : static_cast<long>(chunk - left);
}

struct generic_file_area {
    static constexpr auto fault = filemap_fault;
    static constexpr bool any_order = true;
};
vm_operations_struct generic_file_vm_ops = area_operations::of<generic_file_area>();

}  // namespace

/// The page is given locked, so that it is not truncated before it is mapped.
int filemap_fault(vm_area_struct* vma, vm_fault* vmf) {
    file* filp = vma->vm_file;
    if (vmf->pgoff >= size_in_pages(filp->f_mapping->host)) return VM_FAULT_SIGBUS;
    bool was_read;
    page* p = get_file_page(filp, vmf->pgoff, &was_read);
    if (IS_ERR(p)) return PTR_ERR(p) == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
    lock_page(p);
    if (p->mapping != filp->f_mapping || vmf->pgoff >= size_in_pages(filp->f_mapping->host)) {
        unlock_page(p);
        put_page(p);
        return VM_FAULT_SIGBUS;
    }
    vmf->page = p;
    if (!was_read) return VM_FAULT_LOCKED;
    vm_stat.pgmajfault++;
    return VM_FAULT_MAJOR | VM_FAULT_LOCKED;
}

void page_cache_init() {
    page_tree_init();
    init_waitqueue_head(&page_wait);
    writeback_init();
}

void lock_page(page* p) {
    while (!trylock_page(p))
        wait_on_page_locked(p);
}

void unlock_page(page* p) {
    BUG_ON(!PageLocked(p));
    clear_bit(PG_locked, &p->flags);
    wake_up_all(&page_wait);
}

void wait_on_page_locked(page* p) {
    if (PageLocked(p)) wait_event(page_wait, !PageLocked(p));
}

page* find_get_page(address_space* mapping, pgoff_t index) {
    spin_guard guard(&mapping->tree_lock);
    page* p = page_tree_lookup(&mapping->pages, index);
    if (p) get_page(p);
    return p;
}

int add_to_page_cache(page* p, address_space* mapping, pgoff_t index) {
    spin_guard guard(&mapping->tree_lock);
    if (const int error = page_tree_insert(&mapping->pages, index, p)) return error;
    p->mapping = mapping;
    p->index = index;
    mapping->nrpages++;
    atomic_inc(&cached_pages);
    lru_cache_add(p);
    return 0;
}

void remove_from_page_cache(page* p) {
    address_space* mapping = p->mapping;
    {
        spin_guard guard(&mapping->tree_lock);
        page_tree_delete(&mapping->pages, p->index);
        mapping->nrpages--;
        p->mapping = nullptr;
    }
    atomic_dec(&cached_pages);
    put_page(p);
}

bool remove_unused_file_page(page* p) {
    BUG_ON(!PageLocked(p));
    address_space* mapping = p->mapping;
    {
        // Nobody gets a reference from the tree meanwhile.
        spin_guard guard(&mapping->tree_lock);
        if (page_count(p) != 2 || test_bit(PG_dirty, &p->flags)) return false;
        page_tree_delete(&mapping->pages, p->index);
        mapping->nrpages--;
        p->mapping = nullptr;
    }
    atomic_dec(&cached_pages);
    put_page(p);
    return true;
}

page* read_cache_page(file* filp, pgoff_t index, bool* was_read) {
    page* p = get_file_page(filp, index, was_read);
    return IS_ERR(p) ? nullptr : p;
}

int generic_file_mmap(file* filp, vm_area_struct* vma) {
    if (!filp->f_mapping->a_ops || !filp->f_mapping->a_ops->readpage) return -ENOEXEC;
    vma->vm_ops = &generic_file_vm_ops;
    vma->vm_flags |= VM_CAN_NONLINEAR;
    return 0;
}

long generic_file_read(file* filp, char* user_buffer, size_t count, loff_t* position) {
    if (*position < 0) return -EINVAL;
    long done = 0;
    while (count > 0) {
        const long got = read_from_page(filp, user_buffer, count, static_cast<u64>(*position));
        if (got <= 0) return done ? done : got;
        user_buffer += got;
        count -= static_cast<size_t>(got);
        *position += got;
        done += got;
    }
    return done;
}

ulong nr_pagecache_pages() {
    return static_cast<ulong>(atomic_read(&cached_pages));
}

page* read_mapping_page(address_space* mapping, pgoff_t index) {
    bool was_read = false;
    return get_file_page(mapping, nullptr, index, &was_read);
}

page* grab_cache_page(address_space* mapping, pgoff_t index) {
    for (;;) {
        if (page* p = find_get_page(mapping, index)) {
            lock_page(p);
            if (p->mapping == mapping) return p;
            unlock_page(p);
            put_page(p);
            continue;
        }
        page* p = add_new_page(mapping, index);
        if (PTR_ERR(p) != -EEXIST) return p;
    }
}
