// SPDX-License-Identifier: GPL-2.0-or-later
// The slab allocator: a slab is a block of frames cut into equal slots; what it needs to know stands in its
// map entry.
//
// A slot:   [ red zone ] object [ red zone ] [ link ]
// The link chains free slots. It lies over the object's first word, or behind the object where a free object
// must keep its content (a constructor has run, or it is poisoned).
#include "mm/slab.h"

#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/spinlock.h"
#include "lib/string.h"
#include "mm/slab_internal.h"

namespace {

constexpr u8 POISON_INUSE = 0x5A, POISON_FREE = 0x6B, POISON_END = 0xA5;
constexpr ulong RED_INACTIVE = 0x09F91102, RED_ACTIVE = 0xD84156C5;
constexpr ulong kWord = sizeof(ulong);
constexpr ulong kCacheLine = 32;
constexpr ulong kMaxOrder = 5;  // 128 KiB

kmem_cache cache_cache;  // the cache of cache descriptors; the first of the list
list_head cache_chain;
spinlock_t cache_chain_lock = SPIN_LOCK_UNLOCKED;

// A slab's bookkeeping, in the map entry of its first frame: private_ = cache (in every frame of the block),
// index = slots in use, mapping = first free slot, lru = link in one of the cache's lists.
void*& first_free(page* slab) {
    return reinterpret_cast<void*&>(slab->mapping);
}
ulong& in_use(page* slab) {
    return slab->index;
}
kmem_cache* cache_of(const page* slab) {
    return reinterpret_cast<kmem_cache*>(slab->private_);
}

page* slab_of(const void* object) {
    page* p = virt_to_page(object);
    if (!test_bit(PG_slab, &p->flags)) return nullptr;
    const ulong pfn = page_to_pfn(p);
    return pfn_to_page(pfn & ~((1ul << cache_of(p)->order) - 1));
}

void*& link_of(const kmem_cache* cache, void* slot) {
    return *reinterpret_cast<void**>(static_cast<char*>(slot) + cache->link_offset);
}
void* object_in(const kmem_cache* cache, void* slot) {
    return static_cast<char*>(slot) + cache->object_offset;
}
void* slot_of(const kmem_cache* cache, void* object) {
    return static_cast<char*>(object) - cache->object_offset;
}

[[noreturn]] void slab_error(const kmem_cache* cache, const char* what, const void* object) {
    panic("slab: cache %s, object %p: %s", cache->name, object, what);
}

// Guards ------------------------------------------------------------------------------------------

ulong& red_zone_before(void* object) {
    return *(static_cast<ulong*>(object) - 1);
}
ulong& red_zone_behind(const kmem_cache* cache, void* object) {
    return *reinterpret_cast<ulong*>(static_cast<char*>(object) + cache->padded_size);
}

void set_red_zones(const kmem_cache* cache, void* object, ulong value) {
    if (!(cache->flags & SLAB_RED_ZONE)) return;
    red_zone_before(object) = red_zone_behind(cache, object) = value;
}

void check_red_zones(const kmem_cache* cache, void* object, ulong expected) {
    if (!(cache->flags & SLAB_RED_ZONE)) return;
    if (red_zone_before(object) == expected && red_zone_behind(cache, object) == expected) return;
    if (expected == RED_ACTIVE && red_zone_before(object) == RED_INACTIVE)
        slab_error(cache, "double free", object);
    slab_error(cache, "red zone overwritten", object);
}

void poison(const kmem_cache* cache, void* object, u8 fill) {
    if (!(cache->flags & SLAB_POISON)) return;
    auto* bytes = static_cast<u8*>(object);
    memset(bytes, fill, cache->object_size - 1);
    bytes[cache->object_size - 1] = fill == POISON_FREE ? POISON_END : fill;
}

void check_poison(const kmem_cache* cache, void* object) {
    if (!(cache->flags & SLAB_POISON)) return;
    const auto* bytes = static_cast<const u8*>(object);
    const size_t last = cache->object_size - 1;
    bool intact = bytes[last] == POISON_END;
    for (size_t i = 0; i < last && intact; i++)
        intact = bytes[i] == POISON_FREE;
    if (!intact) slab_error(cache, "written after it was freed", object);
}

// Slabs -------------------------------------------------------------------------------------------

/// A new slab, all slots free, in no list. Null: out of memory.
page* new_slab(kmem_cache* cache, gfp_t gfp) {
    page* slab = alloc_pages(gfp & ~__GFP_ZERO, cache->order);
    if (!slab) return nullptr;
    for (ulong i = 0; i < 1ul << cache->order; i++) {
        set_bit(PG_slab, &slab[i].flags);
        slab[i].private_ = reinterpret_cast<ulong>(cache);
    }
    in_use(slab) = 0;
    first_free(slab) = nullptr;
    auto* base = static_cast<char*>(page_address(slab));
    for (unsigned i = cache->objects_per_slab; i-- > 0;) {  // so that the lowest slot is the first
        void* slot = base + i * cache->stride;
        void* object = object_in(cache, slot);
        set_red_zones(cache, object, RED_INACTIVE);
        poison(cache, object, POISON_FREE);
        if (cache->constructor) cache->constructor(object);
        link_of(cache, slot) = first_free(slab);
        first_free(slab) = slot;
    }
    return slab;
}

/// Gives the frames of an empty slab, which is in no list, back.
void free_slab(const kmem_cache* cache, page* slab) {
    first_free(slab) = nullptr;
    in_use(slab) = 0;
    for (ulong i = 0; i < 1ul << cache->order; i++)
        clear_bit(PG_slab, &slab[i].flags);
    __free_pages(slab, cache->order);
}

void add_slab_locked(kmem_cache* cache, page* slab) {
    list_add(&slab->lru, &cache->slabs_free);
    cache->num_slabs++;
    cache->num_free_slabs++;
}

/// A slab with a free slot, or null.
page* usable_slab_locked(kmem_cache* cache) {
    if (!list_empty(&cache->slabs_partial)) return list_entry(cache->slabs_partial.next, page, lru);
    if (!list_empty(&cache->slabs_free)) return list_entry(cache->slabs_free.next, page, lru);
    return nullptr;
}

void* take_slot_locked(kmem_cache* cache, page* slab) {
    void* slot = first_free(slab);
    first_free(slab) = link_of(cache, slot);
    if (in_use(slab)++ == 0) cache->num_free_slabs--;
    const bool full = in_use(slab) == cache->objects_per_slab;
    list_move(&slab->lru, full ? &cache->slabs_full : &cache->slabs_partial);
    cache->active_objects++;
    return slot;
}

/// Returns a slab that has become superfluous (an empty one is kept in reserve), out of all lists, or null.
page* give_slot_locked(kmem_cache* cache, page* slab, void* slot) {
    link_of(cache, slot) = first_free(slab);
    first_free(slab) = slot;
    cache->active_objects--;
    if (--in_use(slab) > 0) {
        list_move(&slab->lru, &cache->slabs_partial);
        return nullptr;
    }
    if (cache->num_free_slabs > 0) {
        list_del(&slab->lru);
        cache->num_slabs--;
        return slab;
    }
    list_move(&slab->lru, &cache->slabs_free);
    cache->num_free_slabs++;
    return nullptr;
}

/// An empty slab that is kept in reserve, out of all lists, or null.
page* take_free_slab(kmem_cache* cache) {
    spin_guard_irq guard(&cache->lock);
    if (list_empty(&cache->slabs_free)) return nullptr;
    page* slab = list_entry(cache->slabs_free.next, page, lru);
    list_del(&slab->lru);
    cache->num_slabs--;
    cache->num_free_slabs--;
    return slab;
}

// Caches ------------------------------------------------------------------------------------------

constexpr ulong round_up(ulong value, ulong to) {
    return (value + to - 1) & ~(to - 1);
}

/// Where the parts of a slot lie, and how many fit into a slab that wastes at most an eighth.
void lay_out(kmem_cache* cache, size_t size, size_t align) {
    const bool red = cache->flags & SLAB_RED_ZONE;
    cache->object_size = size;
    cache->padded_size = round_up(max<size_t>(size, kWord), kWord);
    cache->object_offset = red ? align : 0;  // the red zone is the last word of the alignment gap
    ulong end = cache->object_offset + cache->padded_size + (red ? kWord : 0);
    cache->link_offset = cache->object_offset;
    if (cache->constructor || (cache->flags & SLAB_POISON)) {
        cache->link_offset = end;
        end += kWord;
    }
    cache->stride = round_up(end, align);
    cache->order = 0;
    while (cache->order < kMaxOrder) {
        const ulong room = PAGE_SIZE << cache->order;
        if (cache->stride <= room && room % cache->stride <= room / 8) break;
        cache->order++;
    }
    cache->objects_per_slab = static_cast<unsigned>((PAGE_SIZE << cache->order) / cache->stride);
}

size_t alignment(size_t size, size_t align, ulong flags) {
    size_t result = max<size_t>(align, kWord);
    if (flags & SLAB_HWCACHE_ALIGN) {
        size_t line = kCacheLine;
        while (line > kWord && size <= line / 2)
            line /= 2;
        result = max(result, line);
    }
    return result;
}

void cache_init(kmem_cache* cache, const char* name, size_t size, size_t align, ulong flags,
                void (*constructor)(void*)) {
    *cache = kmem_cache{};
    cache->name = name;
    cache->flags = flags;
    cache->constructor = constructor;
    spin_lock_init(&cache->lock);
    INIT_LIST_HEAD(&cache->slabs_full);
    INIT_LIST_HEAD(&cache->slabs_partial);
    INIT_LIST_HEAD(&cache->slabs_free);
    lay_out(cache, size, alignment(size, align, flags));
    spin_guard guard(&cache_chain_lock);
    list_add_tail(&cache->chain, &cache_chain);
}

}  // namespace

void slab_init() {
    INIT_LIST_HEAD(&cache_chain);
    cache_init(&cache_cache, "kmem_cache", sizeof(kmem_cache), 0, SLAB_HWCACHE_ALIGN, nullptr);
}

kmem_cache* kmem_cache_create(const char* name, size_t size, size_t align, ulong flags,
                              void (*constructor)(void*)) {
    BUG_ON(size == 0 || (align & (align - 1)));
    if (constructor) flags &= ~SLAB_POISON;
    auto* cache = static_cast<kmem_cache*>(kmem_cache_alloc(&cache_cache, GFP_KERNEL));
    if (!cache) {
        if (flags & SLAB_PANIC) panic("kmem_cache_create: no memory for cache %s", name);
        return nullptr;
    }
    cache_init(cache, name, size, align, flags, constructor);
    BUG_ON(cache->objects_per_slab == 0);
    return cache;
}

int kmem_cache_destroy(kmem_cache* cache) {
    {
        spin_guard guard(&cache_chain_lock);
        if (cache->active_objects > 0) return -EBUSY;
        list_del(&cache->chain);
    }
    while (!list_empty(&cache->slabs_free)) {
        page* slab = list_entry(cache->slabs_free.next, page, lru);
        list_del(&slab->lru);
        free_slab(cache, slab);
    }
    kmem_cache_free(&cache_cache, cache);
    return 0;
}

ulong kmem_cache_reap() {
    ulong frames = 0;
    kmem_cache* cache;
    spin_guard guard(&cache_chain_lock);
    list_for_each_entry(cache, &cache_chain, chain) {
        while (page* slab = take_free_slab(cache)) {
            free_slab(cache, slab);
            frames += 1ul << cache->order;
        }
    }
    return frames;
}

void* kmem_cache_alloc(kmem_cache* cache, gfp_t gfp) {
    ulong flags = spin_lock_irqsave(&cache->lock);
    page* slab = usable_slab_locked(cache);
    if (!slab) {
        spin_unlock_irqrestore(&cache->lock, flags);
        page* fresh = new_slab(cache, gfp);
        if (!fresh) return nullptr;
        flags = spin_lock_irqsave(&cache->lock);
        add_slab_locked(cache, fresh);
        slab = usable_slab_locked(cache);
    }
    void* object = object_in(cache, take_slot_locked(cache, slab));
    spin_unlock_irqrestore(&cache->lock, flags);

    check_poison(cache, object);
    check_red_zones(cache, object, RED_INACTIVE);
    set_red_zones(cache, object, RED_ACTIVE);
    poison(cache, object, POISON_INUSE);
    if (gfp & __GFP_ZERO) memset(object, 0, cache->object_size);
    return object;
}

void* kmem_cache_zalloc(kmem_cache* cache, gfp_t gfp) {
    return kmem_cache_alloc(cache, gfp | __GFP_ZERO);
}

void kmem_cache_free(kmem_cache* cache, void* object) {
    page* slab = slab_of(object);
    if (!slab || cache_of(slab) != cache) slab_error(cache, "freed to a cache it does not come from", object);
    void* slot = slot_of(cache, object);
    const auto offset = static_cast<ulong>(static_cast<char*>(slot) - static_cast<char*>(page_address(slab)));
    if (offset % cache->stride) slab_error(cache, "not the start of an object", object);
    check_red_zones(cache, object, RED_ACTIVE);
    set_red_zones(cache, object, RED_INACTIVE);
    poison(cache, object, POISON_FREE);

    const ulong flags = spin_lock_irqsave(&cache->lock);
    page* superfluous = give_slot_locked(cache, slab, slot);
    spin_unlock_irqrestore(&cache->lock, flags);
    if (superfluous) free_slab(cache, superfluous);
}

void for_each_cache(void (*visit)(const slab_statistics&, void*), void* data) {
    kmem_cache* cache;
    spin_guard guard(&cache_chain_lock);
    list_for_each_entry(cache, &cache_chain, chain) {
        slab_statistics s{};
        s.name = cache->name;
        s.active_objs = cache->active_objects;
        s.num_objs = cache->num_slabs * cache->objects_per_slab;
        s.objsize = cache->object_size;
        s.objperslab = cache->objects_per_slab;
        s.pagesperslab = 1ul << cache->order;
        s.active_slabs = cache->num_slabs - cache->num_free_slabs;
        s.num_slabs = cache->num_slabs;
        visit(s, data);
    }
}

kmem_cache* cache_of_object(const void* object) {
    page* slab = slab_of(object);
    return slab ? cache_of(slab) : nullptr;
}
