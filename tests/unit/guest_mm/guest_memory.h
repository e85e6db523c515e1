// SPDX-License-Identifier: GPL-2.0-or-later
// What tests see of the guest's frames, slab caches and trees. The guest's own headers clash with the host's
// libc (loff_t, sigset_t, PROT_READ), so the two meet only behind this interface.
#pragma once

#include <cstddef>
#include <exception>

namespace guest {

using ulong = unsigned long;

/// Thrown where the kernel would stop.
struct Panic : std::exception {
    char message[256];
    const char* what() const noexcept override { return message; }
};

/// A new machine: `bytes` of RAM at `memory` (page-aligned), no tasks, no address spaces, all counters 0.
void boot(void* memory, ulong bytes);
/// Locks that are held at the moment, of any kind. 0 between operations.
int locks_held();

// Frames
constexpr ulong kNoFrame = ~0ul;
ulong alloc_block(unsigned order);  // the first frame's number, or kNoFrame
void free_block(ulong frame, unsigned order);
ulong free_frames();
ulong free_blocks(unsigned order);
void* frame_memory(ulong frame);
/// The frames from physical `start` to `end` come free, as the initramfs' do.
void release_reserved(ulong start, ulong end);
void get_frame(ulong frame);  // one reference more
void put_frame(ulong frame);
/// Takes all free frames and free slots away, so that the next allocation fails, but for so many descriptors
/// and areas; and gives them back.
void starve(int descriptors = 0, int areas = 0);
void feed();

// A swap map of its own
void slots_make(unsigned short* counts, ulong slots);
bool slots_mark_bad(ulong slot);
ulong slots_alloc();
bool slots_get(ulong slot);
unsigned slots_put(ulong slot);
unsigned slots_count(ulong slot);
ulong slots_in_use();
ulong slots_usable();

// Slab
enum : ulong { kPoison = 0x800, kRedZone = 0x400, kCacheAlign = 0x2000 };
struct CacheStatistics {
    const char* name;
    ulong active_objs, num_objs, objsize, objperslab, pagesperslab, active_slabs, num_slabs;
};
using Cache = void*;
Cache cache_create(const char* name, size_t size, size_t align, ulong flags, void (*constructor)(void*));
int cache_destroy(Cache cache);
void* cache_alloc(Cache cache);
void* cache_zalloc(Cache cache);
void cache_free(Cache cache, void* object);
/// Statistics of the newest cache of that name; all 0 if there is none.
CacheStatistics cache_statistics(const char* name);
void* kmalloc(size_t size);
void kfree(const void* object);

// Trees of numbers
void tree_insert(ulong key);  // not there yet
void tree_erase(ulong key);   // must be there
/// The keys in order, forwards or backwards; how many were written.
size_t tree_keys(ulong* keys, size_t room, bool backwards);
/// Checks colours, parents and order; the black height. Throws Panic.
int tree_check();

// Pages by offset (mm/page_tree.h); pages are told apart by a number > 0
int pages_insert(ulong index, ulong page);
ulong pages_lookup(ulong index);
ulong pages_delete(ulong index);
ulong pages_next(ulong from);
enum class PageTag : unsigned { Dirty, Writeback };
void pages_tag(ulong index, PageTag tag);
void pages_untag(ulong index, PageTag tag);
ulong pages_next_tagged(ulong from, PageTag tag);

}  // namespace guest
