// SPDX-License-Identifier: GPL-2.0-or-later
// The cache descriptor, and what kmalloc needs of the slab allocator. For guest/mm and for decoders.
#pragma once

#include "lib/list.h"
#include "mm/slab.h"

struct kmem_cache {
    const char* name;
    ulong flags;  // SLAB_*
    size_t object_size;
    size_t padded_size;    // object_size rounded up to words
    size_t object_offset;  // of the object in its slot
    size_t link_offset;    // of the free link in its slot
    size_t stride;         // bytes from slot to slot
    unsigned order;        // a slab has 2^order frames
    unsigned objects_per_slab;
    void (*constructor)(void*);
    list_head chain;  // of all caches, oldest first
    spinlock_t lock;  // guards what follows and the slabs' bookkeeping
    list_head slabs_full, slabs_partial, slabs_free;
    ulong active_objects, num_slabs, num_free_slabs;
};

/// Makes kmem_cache_create usable. Once, before kmalloc's caches.
void slab_init();
/// The cache that an object comes from; null if it is not in a slab.
kmem_cache* cache_of_object(const void* object);
