// SPDX-License-Identifier: GPL-2.0-or-later
// The slab allocator's caches as the kernel has them, and whether everything it knows of them is true.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "introspect/kernel.h"
#include "introspect/layout.h"

namespace mmscope {

/// A block of frames cut into slots.
struct SlabModel {
    uint32_t frame = 0;               // the first one
    std::string_view list;            // "full", "partial" or "free"
    uint32_t in_use = 0;              // as its map entry says
    std::vector<LinearAddr> objects;  // in use, by what is not on the chain of free slots
};

struct SlabCacheModel {
    LinearAddr at, constructor;
    std::string name;
    uint32_t flags = 0, object_size = 0, padded_size = 0, object_offset = 0, link_offset = 0, stride = 0,
             order = 0, per_slab = 0;
    uint32_t active_objects = 0, num_slabs = 0, num_free_slabs = 0;  // the cache's own counts
    std::vector<SlabModel> slabs;                                    // in list order: full, partial, free
    bool whole = true;                  // all lists and chains lead to their ends
    std::vector<std::string> problems;  // what is damaged, and counts that lie
};

struct SlabCaches {
    std::vector<SlabCacheModel> caches;  // oldest first
    uint32_t frames = 0;                 // of all slabs
    std::vector<std::string> problems;
};

/// Where the allocator's structures have their members.
struct SlabLayouts {
    static constexpr std::array<std::string_view, 3> kLists = {"full", "partial", "free"};

    StructLayout cache, page;
    Field name, flags, object_size, padded_size, object_offset, link_offset, stride, order, per_slab,
        constructor, chain_next, chain_prev, lock_serving, lock_next, active_objects, num_slabs,
        num_free_slabs;
    std::array<Field, 3> first, last;  // of each list
    std::array<uint32_t, 3> head{};    // where each list's head stands
    uint32_t chain = 0, lru = 0;
    Field page_flags, index, mapping, private_, lru_next, lru_prev;
    int bit_slab = -1;

    /// Error: this kernel has no such allocator.
    static Result<SlabLayouts> resolve(const TypeTable& types);
};

/// How closely slots are looked at.
enum class SlabCheck : uint8_t {
    Free,  // what is free must hold the poison and the red zones of free slots
    All,   // and what is in use its red zones: nobody is on his way through the allocator
};

/// Bounded whatever guest memory holds. A cache whose lock somebody holds may be found in between. Error: the
/// anchors (cache_chain, mem_map) are not there.
Result<SlabCaches> read_slab_caches(const KernelMemory& kernel, const SlabLayouts& layouts, SlabCheck check);
/// The same with free slots checked. Error: also, as SlabLayouts::resolve().
Result<SlabCaches> read_slab_caches(const KernelMemory& kernel);

/// What is wrong with a slot of `cache`, whose sizes make sense, whose bytes are `slot`; empty: nothing.
std::string check_slab_slot(const SlabCacheModel& cache, std::span<const std::byte> slot, bool is_free,
                            SlabCheck check);

}  // namespace mmscope
