// SPDX-License-Identifier: GPL-2.0-or-later
// The slab allocator: caches of equal objects, with statistics and poisoning, and kmalloc on top.
#pragma once

#include "mm/gfp.h"

struct kmem_cache;

enum : ulong {
    SLAB_POISON = 0x800,    // free objects are filled with 0x6b, ended by 0xa5; checked at allocation
    SLAB_RED_ZONE = 0x400,  // guard words around each object; checked at free
    SLAB_HWCACHE_ALIGN = 0x2000,
    SLAB_PANIC = 0x40000,  // creation must not fail
};

/// `constructor` runs once for each object of a new slab (not with SLAB_POISON). Null when out of memory.
kmem_cache* kmem_cache_create(const char* name, size_t size, size_t align, ulong flags,
                              void (*constructor)(void*));
/// Frees the cache; -EBUSY while objects are in use.
int kmem_cache_destroy(kmem_cache* cache);
/// Gives the frames of all empty slabs back; how many. Any context.
ulong kmem_cache_reap();
/// Null when out of memory.
void* kmem_cache_alloc(kmem_cache* cache, gfp_t gfp);
void* kmem_cache_zalloc(kmem_cache* cache, gfp_t gfp);
void kmem_cache_free(kmem_cache* cache, void* object);

struct slab_statistics {
    const char* name;
    ulong active_objs, num_objs, objsize, objperslab, pagesperslab, active_slabs, num_slabs;
};
/// Calls `visit` for each cache, in the order of creation (/proc/slabinfo).
void for_each_cache(void (*visit)(const slab_statistics&, void*), void* data);

void kmem_cache_init();
/// Up to 128 KiB. Null when out of memory or too large.
void* kmalloc(size_t size, gfp_t gfp);
void* kzalloc(size_t size, gfp_t gfp);
/// Null is allowed.
void kfree(const void* object);
