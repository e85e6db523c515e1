// SPDX-License-Identifier: GPL-2.0-or-later
// Dirty pages of files and their way back to the disk.
#pragma once

#include "mm/filemap.h"

inline bool PageDirty(const page* p) {
    return test_bit(PG_dirty, &p->flags);
}
/// On its way to the disk; the bytes may be changed, but not written a second time at once.
inline bool PageWriteback(const page* p) {
    return test_bit(PG_writeback, &p->flags);
}
/// Does the file have a place to write its pages to?
inline bool mapping_cap_writeback_dirty(const address_space* mapping) {
    return mapping && mapping->a_ops && mapping->a_ops->writepage;
}

/// The page differs from the disk. Any page; may be called with spin locks held, but not tree_lock. 1 if it
/// was clean.
int set_page_dirty(page* p);
/// What set_page_dirty does for files with writepage: also the tag by which the page is found.
int __set_page_dirty_nobuffers(page* p);
/// For files that live in memory only.
int __set_page_dirty_no_writeback(page* p);
/// The locked page is about to be written: its mappings become clean and read-only, so that the next write is
/// noticed. True if it was dirty.
bool clear_page_dirty_for_io(page* p);
/// The locked page is going to be dropped: its bytes are not wanted any more.
void cancel_dirty_page(page* p);
void set_page_writeback(page* p);
/// The disk has the bytes, or `error` happened, which the file's next fsync reports.
void end_page_writeback(page* p, int error);
void wait_on_page_writeback(page* p);
/// Remembers a failed write for the next filemap_fdatawait.
void mapping_set_error(address_space* mapping, int error);

bool mapping_has_dirty_pages(address_space* mapping);
/// Begins the writing of each page that is dirty now. 0 or the first error.
int filemap_fdatawrite(address_space* mapping);
/// Waits for all pages under writeback. 0, or the error of a write since the last call.
int filemap_fdatawait(address_space* mapping);
int filemap_write_and_wait(address_space* mapping);
/// The same for whoever writes on nobody's behalf: an error is left for the file's next fsync.
int filemap_write_and_keep_errors(address_space* mapping);
/// A writer made pages dirty: with too many of them in memory it writes its own file's back itself.
void balance_dirty_pages(address_space* mapping);
/// For /proc/meminfo.
ulong nr_dirty_pages();
ulong nr_writeback_pages();
void writeback_init();
