// SPDX-License-Identifier: GPL-2.0-or-later
// The slab allocator's caches as the kernel has them, and whether their counts are true.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "introspect/objects.h"

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
    uint32_t flags = 0, object_size = 0, stride = 0, order = 0, per_slab = 0;
    uint32_t active_objects = 0, num_slabs = 0, num_free_slabs = 0;  // the cache's own counts
    std::vector<SlabModel> slabs;                                    // in list order: full, partial, free
    std::vector<std::string> problems;                               // what is damaged, and counts that lie
};

struct SlabCaches {
    std::vector<SlabCacheModel> caches;  // oldest first
    std::vector<std::string> problems;
};

/// Bounded whatever guest memory holds. A cache whose lock somebody holds may be found in between. Error:
/// this kernel has no such allocator.
Result<SlabCaches> read_slab_caches(const Objects& objects);

}  // namespace mmscope
