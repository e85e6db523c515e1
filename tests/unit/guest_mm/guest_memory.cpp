// SPDX-License-Identifier: GPL-2.0-or-later
// Frames, slab and trees of the guest, for tests. See guest_memory.h.
#include "guest_memory.h"

#include "kernel/printk.h"
#include "kernel_services.h"
#include "lib/string.h"
#include "mm/page_tree.h"
#include "mm/slab_internal.h"
#include "mm/swap_map.h"

namespace guest {

namespace {

struct number {
    rb_node node;
    ulong key;
};
rb_root numbers;
page_tree pages;
swap_map slots_of_test;
struct hoard {
    hoard* next;
};
hoard *hoarded_vmas, *hoarded_mms;
page* hoarded_frames;

number* number_of(rb_node* node) {
    return rb_entry(node, number, node);
}

int check_below(const rb_node* node, const rb_node* parent) {
    if (!node) return 0;
    if (rb_parent(node) != parent) panic("wrong parent");
    if (rb_color(node) == RB_RED && (!parent || rb_color(parent) == RB_RED))
        panic("red node below a red one");
    const int left = check_below(node->rb_left, node), right = check_below(node->rb_right, node);
    if (left != right) panic("black heights %d and %d", left, right);
    return left + (rb_color(node) == RB_BLACK);
}

/// Takes slots of a cache until there are none. The caller has taken the frames.
hoard* drain(kmem_cache* cache) {
    hoard* all = nullptr;
    while (auto* slot = static_cast<hoard*>(kmem_cache_alloc(cache, GFP_KERNEL))) {
        slot->next = all;
        all = slot;
    }
    return all;
}

/// Gives `count` slots back; those that remain.
hoard* refill(kmem_cache* cache, hoard* all, int count) {
    for (; all && count > 0; count--) {
        hoard* slot = all;
        all = all->next;
        kmem_cache_free(cache, slot);
    }
    return all;
}

}  // namespace

void boot(void* memory, ulong bytes) {
    linear_map_base = reinterpret_cast<ulong>(memory);
    numbers = RB_ROOT;
    pages = page_tree{};
    hoarded_vmas = hoarded_mms = nullptr;
    hoarded_frames = nullptr;
    mem_init(linear_map_base, bytes);
    kmem_cache_init();
    services::reset();
    mm_cache_init();
    page_tree_init();
    init_mm.pgd = swapper_pg_dir;
}

int locks_held() {
    return services::held_locks();
}

ulong alloc_block(unsigned order) {
    const page* p = alloc_pages(GFP_KERNEL, order);
    return p ? page_to_pfn(p) : kNoFrame;
}
void free_block(ulong frame, unsigned order) {
    __free_pages(pfn_to_page(frame), order);
}
ulong free_frames() {
    return nr_free_pages();
}
ulong free_blocks(unsigned order) {
    return contig_zone.area[order].nr_free;
}
void* frame_memory(ulong frame) {
    return page_address(pfn_to_page(frame));
}
void release_reserved(ulong start, ulong end) {
    free_reserved_frames(start, end);
}
void get_frame(ulong frame) {
    get_page(pfn_to_page(frame));
}
void put_frame(ulong frame) {
    put_page(pfn_to_page(frame));
}

void starve(int descriptors, int areas) {
    while (page* p = alloc_page(GFP_KERNEL)) {
        p->lru.next = reinterpret_cast<list_head*>(hoarded_frames);
        hoarded_frames = p;
    }
    hoarded_vmas = refill(vm_area_cachep, drain(vm_area_cachep), areas);
    hoarded_mms = refill(mm_cachep, drain(mm_cachep), descriptors);
}
void feed() {
    constexpr int kAll = 1 << 30;
    hoarded_vmas = refill(vm_area_cachep, hoarded_vmas, kAll);
    hoarded_mms = refill(mm_cachep, hoarded_mms, kAll);
    while (page* p = hoarded_frames) {
        hoarded_frames = reinterpret_cast<page*>(p->lru.next);
        put_page(p);
    }
}

Cache cache_create(const char* name, size_t size, size_t align, ulong flags, void (*constructor)(void*)) {
    return kmem_cache_create(name, size, align, flags, constructor);
}
int cache_destroy(Cache cache) {
    return kmem_cache_destroy(static_cast<kmem_cache*>(cache));
}
void* cache_alloc(Cache cache) {
    return kmem_cache_alloc(static_cast<kmem_cache*>(cache), GFP_KERNEL);
}
void* cache_zalloc(Cache cache) {
    return kmem_cache_zalloc(static_cast<kmem_cache*>(cache), GFP_KERNEL);
}
void cache_free(Cache cache, void* object) {
    kmem_cache_free(static_cast<kmem_cache*>(cache), object);
}

CacheStatistics cache_statistics(const char* name) {
    CacheStatistics found{};
    found.name = name;
    const auto visit = [](const slab_statistics& s, void* data) {
        auto* out = static_cast<CacheStatistics*>(data);
        if (strcmp(s.name, out->name) != 0) return;
        *out = {s.name,       s.active_objs,  s.num_objs,     s.objsize,
                s.objperslab, s.pagesperslab, s.active_slabs, s.num_slabs};
    };
    for_each_cache(visit, &found);
    return found;
}

void* kmalloc(size_t size) {
    return ::kmalloc(size, GFP_KERNEL);
}
void kfree(const void* object) {
    ::kfree(object);
}

void tree_insert(ulong key) {
    auto* fresh = new number{};
    fresh->key = key;
    rb_node **link = &numbers.rb_node, *parent = nullptr;
    while (*link) {
        parent = *link;
        link = key < number_of(parent)->key ? &parent->rb_left : &parent->rb_right;
    }
    rb_link_node(&fresh->node, parent, link);
    rb_insert_color(&fresh->node, &numbers);
}

void tree_erase(ulong key) {
    rb_node* node = numbers.rb_node;
    while (node && number_of(node)->key != key)
        node = key < number_of(node)->key ? node->rb_left : node->rb_right;
    if (!node) panic("no such key");
    rb_erase(node, &numbers);
    delete number_of(node);
}

size_t tree_keys(ulong* keys, size_t room, bool backwards) {
    size_t count = 0;
    rb_node* node = backwards ? rb_last(&numbers) : rb_first(&numbers);
    for (; node && count < room; node = backwards ? rb_prev(node) : rb_next(node)) {
        keys[count++] = number_of(node)->key;
    }
    return count;
}

int tree_check() {
    return check_below(numbers.rb_node, nullptr);
}

void slots_make(unsigned short* counts, ulong slots) {
    swap_map_init(&slots_of_test, counts, slots);
}
bool slots_mark_bad(ulong slot) {
    return swap_map_mark_bad(&slots_of_test, slot);
}
ulong slots_alloc() {
    return swap_map_alloc(&slots_of_test);
}
bool slots_get(ulong slot) {
    return swap_map_get(&slots_of_test, slot);
}
unsigned slots_put(ulong slot) {
    return swap_map_put(&slots_of_test, slot);
}
unsigned slots_count(ulong slot) {
    return swap_map_count(&slots_of_test, slot);
}
ulong slots_in_use() {
    return slots_of_test.in_use;
}
ulong slots_usable() {
    return slots_of_test.usable;
}

int pages_insert(ulong index, ulong number) {
    return page_tree_insert(&pages, index, reinterpret_cast<page*>(number * 16));
}
ulong pages_lookup(ulong index) {
    return reinterpret_cast<ulong>(page_tree_lookup(&pages, index)) / 16;
}
ulong pages_delete(ulong index) {
    return reinterpret_cast<ulong>(page_tree_delete(&pages, index)) / 16;
}
ulong pages_next(ulong from) {
    return reinterpret_cast<ulong>(page_tree_next(&pages, from)) / 16;
}
void pages_tag(ulong index, PageTag tag) {
    page_tree_tag_set(&pages, index, static_cast<page_tag>(tag));
}
void pages_untag(ulong index, PageTag tag) {
    page_tree_tag_clear(&pages, index, static_cast<page_tag>(tag));
}
ulong pages_next_tagged(ulong from, PageTag tag) {
    return reinterpret_cast<ulong>(page_tree_next_tagged(&pages, from, static_cast<page_tag>(tag))) / 16;
}

}  // namespace guest
