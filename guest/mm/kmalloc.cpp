// SPDX-License-Identifier: GPL-2.0-or-later
// kmalloc: one slab cache for each of a short list of sizes.
#include "kernel/printk.h"
#include "mm/slab_internal.h"

namespace {

struct size_class {
    size_t size;
    const char* name;
    kmem_cache* cache;
};
size_class classes[] = {
    {32, "size-32", nullptr},       {64, "size-64", nullptr},       {96, "size-96", nullptr},
    {128, "size-128", nullptr},     {192, "size-192", nullptr},     {256, "size-256", nullptr},
    {512, "size-512", nullptr},     {1024, "size-1024", nullptr},   {2048, "size-2048", nullptr},
    {4096, "size-4096", nullptr},   {8192, "size-8192", nullptr},   {16384, "size-16384", nullptr},
    {32768, "size-32768", nullptr}, {65536, "size-65536", nullptr}, {131072, "size-131072", nullptr},
};

kmem_cache* cache_for(size_t size) {
    for (const auto& c : classes) {
        if (size <= c.size) return c.cache;
    }
    return nullptr;
}

}  // namespace

void kmem_cache_init() {
    slab_init();
    for (auto& c : classes)
        c.cache = kmem_cache_create(c.name, c.size, 0, SLAB_PANIC | SLAB_HWCACHE_ALIGN, nullptr);
}

void* kmalloc(size_t size, gfp_t gfp) {
    kmem_cache* cache = cache_for(size);
    return cache ? kmem_cache_alloc(cache, gfp) : nullptr;
}

void* kzalloc(size_t size, gfp_t gfp) {
    return kmalloc(size, gfp | __GFP_ZERO);
}

void kfree(const void* object) {
    if (!object) return;
    kmem_cache* cache = cache_of_object(object);
    if (!cache) panic("kfree: %p was not allocated by kmalloc", object);
    kmem_cache_free(cache, const_cast<void*>(object));
}
