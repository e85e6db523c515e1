// SPDX-License-Identifier: GPL-2.0-or-later
// See writeback.h: a page is clean, dirty, or under writeback, or the last two at once; the tags of its
// file's tree say the same, so that the dirty pages of a large file are found quickly.
#include "mm/writeback.h"

#include "kernel/errno.h"
#include "kernel/sched.h"
#include "kernel/wait.h"
#include "mm/internal.h"

namespace {

constexpr ulong kDirtyShare = 8;  // of all frames may be dirty before writers have to write

atomic_t dirty_pages = ATOMIC_INIT(0), writeback_pages = ATOMIC_INIT(0);
wait_queue_head_t writeback_wait;

void account_cleaned(page* p) {
    if (test_and_clear_bit(PG_dirty, &p->flags) && mapping_cap_writeback_dirty(p->mapping))
        atomic_dec(&dirty_pages);
}

/// The next page with the tag, with a reference, or null.
page* find_get_tagged(address_space* mapping, pgoff_t from, page_tag tag) {
    spin_guard guard(&mapping->tree_lock);
    page* p = page_tree_next_tagged(&mapping->pages, from, tag);
    if (p) get_page(p);
    return p;
}

/// Writes the page, if it is still this file's and dirty. 0 or -errno.
int write_one_page(address_space* mapping, page* p) {
    lock_page(p);
    wait_on_page_writeback(p);
    if (p->mapping == mapping && clear_page_dirty_for_io(p)) return mapping->a_ops->writepage(p);
    unlock_page(p);
    return 0;
}

}  // namespace

void writeback_init() {
    init_waitqueue_head(&writeback_wait);
}

int __set_page_dirty_no_writeback(page* p) {
    return test_and_set_bit(PG_dirty, &p->flags) ? 0 : 1;
}

int __set_page_dirty_nobuffers(page* p) {
    address_space* mapping = p->mapping;
    if (!mapping || test_and_set_bit(PG_dirty, &p->flags)) return 0;
    spin_guard_irq guard(&mapping->tree_lock);
    if (p->mapping != mapping) {  // truncated meanwhile
        clear_bit(PG_dirty, &p->flags);
        return 0;
    }
    page_tree_tag_set(&mapping->pages, p->index, PAGECACHE_TAG_DIRTY);
    atomic_inc(&dirty_pages);
    return 1;
}

int set_page_dirty(page* p) {
    const address_space* mapping = PageAnon(p) ? nullptr : p->mapping;
    if (!mapping || !mapping->a_ops) return __set_page_dirty_no_writeback(p);
    if (mapping->a_ops->set_page_dirty) return mapping->a_ops->set_page_dirty(p);
    return mapping_cap_writeback_dirty(mapping) ? __set_page_dirty_nobuffers(p)
                                                : __set_page_dirty_no_writeback(p);
}

bool clear_page_dirty_for_io(page* p) {
    BUG_ON(!PageLocked(p));
    const bool counted = mapping_cap_writeback_dirty(p->mapping);
    if (counted && shared_writes::noticed && reverse_map::clean(p)) set_page_dirty(p);
    if (!test_and_clear_bit(PG_dirty, &p->flags)) return false;
    if (counted) atomic_dec(&dirty_pages);
    return true;
}

void cancel_dirty_page(page* p) {
    account_cleaned(p);
}

void set_page_writeback(page* p) {
    address_space* mapping = p->mapping;
    BUG_ON(!PageLocked(p) || test_and_set_bit(PG_writeback, &p->flags));
    atomic_inc(&writeback_pages);
    spin_guard_irq guard(&mapping->tree_lock);
    page_tree_tag_set(&mapping->pages, p->index, PAGECACHE_TAG_WRITEBACK);
    if (!PageDirty(p)) page_tree_tag_clear(&mapping->pages, p->index, PAGECACHE_TAG_DIRTY);
}

void end_page_writeback(page* p, int error) {
    address_space* mapping = p->mapping;
    if (error) mapping_set_error(mapping, error);
    {
        spin_guard_irq guard(&mapping->tree_lock);
        page_tree_tag_clear(&mapping->pages, p->index, PAGECACHE_TAG_WRITEBACK);
    }
    BUG_ON(!test_and_clear_bit(PG_writeback, &p->flags));
    atomic_dec(&writeback_pages);
    wake_up_all(&writeback_wait);
}

void wait_on_page_writeback(page* p) {
    if (PageWriteback(p)) wait_event(writeback_wait, !PageWriteback(p));
}

void mapping_set_error(address_space* mapping, int error) {
    if (error) set_bit(error == -ENOSPC ? AS_ENOSPC : AS_EIO, &mapping->flags);
}

bool mapping_has_dirty_pages(address_space* mapping) {
    if (!mapping_cap_writeback_dirty(mapping)) return false;
    spin_guard_irq guard(&mapping->tree_lock);
    return page_tree_next_tagged(&mapping->pages, 0, PAGECACHE_TAG_DIRTY) != nullptr;
}

int filemap_fdatawrite(address_space* mapping) {
    if (!mapping_cap_writeback_dirty(mapping)) return 0;
    int result = 0;
    pgoff_t from = 0;
    while (page* p = find_get_tagged(mapping, from, PAGECACHE_TAG_DIRTY)) {
        from = p->index + 1;
        const int error = write_one_page(mapping, p);
        if (error && !result) result = error;
        put_page(p);
        if (from == 0) break;
    }
    return result;
}

static void wait_for_writeback(address_space* mapping) {
    pgoff_t from = 0;
    while (page* p = find_get_tagged(mapping, from, PAGECACHE_TAG_WRITEBACK)) {
        from = p->index + 1;
        wait_on_page_writeback(p);
        put_page(p);
        if (from == 0) break;
    }
}

int filemap_fdatawait(address_space* mapping) {
    wait_for_writeback(mapping);
    const bool no_space = test_and_clear_bit(AS_ENOSPC, &mapping->flags);
    const bool failed = test_and_clear_bit(AS_EIO, &mapping->flags);
    return failed ? -EIO : no_space ? -ENOSPC : 0;
}

int filemap_write_and_wait(address_space* mapping) {
    const int error = filemap_fdatawrite(mapping);
    const int waited = filemap_fdatawait(mapping);
    return error ? error : waited;
}

int filemap_write_and_keep_errors(address_space* mapping) {
    mapping_set_error(mapping, filemap_fdatawrite(mapping));
    wait_for_writeback(mapping);
    return test_bit(AS_EIO, &mapping->flags) ? -EIO : test_bit(AS_ENOSPC, &mapping->flags) ? -ENOSPC : 0;
}

void balance_dirty_pages(address_space* mapping) {
    if (!mapping_cap_writeback_dirty(mapping) || nr_dirty_pages() < contig_zone.present_pages / kDirtyShare)
        return;
    const int error = filemap_fdatawrite(mapping);
    mapping_set_error(mapping, error);  // for fsync to tell
}

ulong nr_dirty_pages() {
    return static_cast<ulong>(atomic_read(&dirty_pages));
}

ulong nr_writeback_pages() {
    return static_cast<ulong>(atomic_read(&writeback_pages));
}
