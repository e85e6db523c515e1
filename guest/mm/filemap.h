// SPDX-License-Identifier: GPL-2.0-or-later
// The page cache: the pages of files that are in memory, by file and page offset.
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"
#include "mm/page_tree.h"

struct inode;
struct file;
struct address_space;

struct address_space_operations {
    /// Fills the locked page with the file's bytes (zeros past its end), marks it PG_uptodate and unlocks it,
    /// also on failure. `filp` may be null for files that can be written. 0 or -errno.
    int (*readpage)(file* filp, page* page) = nullptr;
    /// Writes the locked page, which is not dirty any more, to the disk: sets PG_writeback, unlocks it, and
    /// calls end_page_writeback when the bytes are there. Null: the file lives in memory only, its pages stay
    /// dirty. 0 or -errno (then, too, the page is unlocked and not under writeback).
    int (*writepage)(page* page) = nullptr;
    /// The page is to be dirty; may not sleep. Null: __set_page_dirty_nobuffers.
    int (*set_page_dirty)(page* page) = nullptr;
    /// A write of [position, position + length), inside one page, begins: gives the page locked, uptodate or
    /// such that the bytes complete it, with room for them on the disk. 0 or -errno.
    int (*write_begin)(address_space* mapping, loff_t position, unsigned length, page** locked) = nullptr;
    /// The bytes are in the page: marks it dirty, unlocks it and drops the reference.
    void (*write_end)(address_space* mapping, loff_t position, unsigned length, page* locked) = nullptr;
};
/// address_space::flags: a write in the background failed, and nobody was told yet.
enum mapping_flags : unsigned { AS_EIO, AS_ENOSPC };

#include "address_space.h"  // the edition's: guest/mm/editions/VERSION

void page_cache_init();

/// Takes the pages that lie in the bytes [holebegin, holebegin + holelen) of a file (holelen 0: to the end)
/// out of all areas that show them; private copies too if `even_cows`.
void unmap_mapping_range(address_space* mapping, loff_t holebegin, loff_t holelen, int even_cows);

/// A locked page is being filled; who needs it waits. May sleep.
inline bool PageLocked(const page* p) {
    return test_bit(PG_locked, &p->flags);
}
inline bool PageUptodate(const page* p) {
    return test_bit(PG_uptodate, &p->flags);
}
/// Sleeps until the lock is free and takes it.
void lock_page(page* p);
/// True: taken.
inline bool trylock_page(page* p) {
    return !test_and_set_bit(PG_locked, &p->flags);
}
void unlock_page(page* p);
void wait_on_page_locked(page* p);

/// The cached page with a reference, or null.
page* find_get_page(address_space* mapping, pgoff_t index);
/// Waits until the page is read; reads it if it is not there. Null: I/O error or out of memory.
page* read_cache_page(file* filp, pgoff_t index, bool* was_read);
/// Puts a new, locked page into the cache, which takes over the reference that alloc_page gave. 0, -EEXIST,
/// -ENOMEM.
int add_to_page_cache(page* p, address_space* mapping, pgoff_t index);
/// Takes a page out of the cache and drops the cache's reference.
void remove_from_page_cache(page* p);
/// The same for reclaim: only if the page is clean and nobody but the cache and the caller refers to it.
/// Locked. True: it is out.
bool remove_unused_file_page(page* p);
/// mmap of a regular file: sets vma->vm_ops. The file_operations::mmap of file systems with a page cache.
int generic_file_mmap(file* filp, vm_area_struct* vma);
/// The fault of such areas, for hooks (mm/vm_operations.h) that add to them: the page, locked.
int filemap_fault(vm_area_struct* vma, vm_fault* vmf);
/// read() through the page cache. Bytes read, 0 at the end, or -errno.
long generic_file_read(file* filp, char* user_buffer, size_t count, loff_t* position);
/// Pages in the cache, for /proc/meminfo.
ulong nr_pagecache_pages();
/// The page without an open file: for files whose readpage needs none. A reference, or ERR_PTR.
page* read_mapping_page(address_space* mapping, pgoff_t index);
/// The page, locked and perhaps new and not uptodate, with a reference; or ERR_PTR(-ENOMEM).
page* grab_cache_page(address_space* mapping, pgoff_t index);
/// Drops the pages [first, last], dirty or not. Nobody maps them, or unmap_mapping_range has seen to it.
void truncate_inode_pages_range(address_space* mapping, pgoff_t first, pgoff_t last);
inline void truncate_inode_pages_from(address_space* mapping, pgoff_t first) {
    truncate_inode_pages_range(mapping, first, ~0ul);
}
inline void truncate_inode_pages(address_space* mapping) {
    truncate_inode_pages_from(mapping, 0);
}
/// Makes the file `size` bytes long: mappings, cached pages, and the zeros behind the end in the last page;
/// then the file system's truncate. i_mutex held. 0 or -errno.
int vmtruncate(inode* node, loff_t size);
/// write() through the page cache, for file systems with write_begin. Bytes or -errno.
long generic_file_write(file* filp, const char* user_buffer, size_t count, loff_t* position);
/// The same from kernel memory, at `position`, which it moves on.
long kernel_write(file* filp, const void* buffer, size_t count, loff_t* position);
