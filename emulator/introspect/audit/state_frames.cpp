// SPDX-License-Identifier: GPL-2.0-or-later
// The map of frames, the page cache behind it, and the slab caches.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "introspect/audit/state.h"

namespace mmscope {

namespace {

constexpr uint32_t kMaxFrames = 1u << 20;  // 4 GiB

uint64_t scalar(std::span<const std::byte> bytes, const Field& field) {
    if (!field || field.offset + field.size > bytes.size()) return 0;
    if (field.size == 4 && field.bit_size == 0) {
        uint32_t value = 0;
        std::memcpy(&value, bytes.data() + field.offset, 4);
        return value;
    }
    return read_scalar(bytes.subspan(field.offset, field.size), field.bit_offset, field.bit_size,
                       field.is_signed);
}

AuditPage page_from(const AuditLayouts::Page& layout, std::span<const std::byte> bytes) {
    const auto u32 = [&](const Field& field) { return static_cast<uint32_t>(scalar(bytes, field)); };
    AuditPage page;
    page.flags = u32(layout.flags);
    page.count = static_cast<int32_t>(u32(layout.count));
    page.mapcount = static_cast<int32_t>(u32(layout.mapcount)) + 1;
    page.mapping = LinearAddr(u32(layout.mapping));
    page.index = u32(layout.index);
    page.private_ = u32(layout.private_);
    page.lru_next = LinearAddr(u32(layout.lru_next));
    page.lru_prev = LinearAddr(u32(layout.lru_prev));
    return page;
}

void read_map(AuditState& state) {
    const AuditLayouts& layouts = state.layouts;
    const GuestMemory& memory = state.kernel.memory;
    const auto map = memory.read_u32(layouts.mem_map), frames = memory.read_u32(layouts.max_mapnr);
    const uint32_t size = layouts.page.layout.type().size;
    if (layouts.mem_map.value == 0 || !map || !frames || size == 0) return;
    if (*map == 0) return;  // the kernel is still setting itself up
    const auto broken = [&](const std::string& found) {
        state.pages.clear();
        state.damage.push_back({"INV-29", {}, "the map of frames", found});
    };
    if (*frames > kMaxFrames) return broken(fmt::format("max_mapnr is {}", *frames));
    std::vector<std::byte> bytes(size_t{*frames} * size);
    if (*map < kPageOffset || memory.read(LinearAddr(*map), bytes))
        return broken(fmt::format("mem_map is 0x{:08x}, not mapped", *map));
    state.pages.reserve(*frames);
    for (uint32_t pfn = 0; pfn < *frames; ++pfn)
        state.pages.push_back(page_from(layouts.page, std::span(bytes).subspan(size_t{pfn} * size, size)));
}

// The page cache ------------------------------------------------------------------------------------

/// A guest that lies may show the same nodes again and again: what one audit walks and tells is limited.
struct CacheBudget {
    uint64_t nodes, pages;
};

void tell_damage(AuditState& state, std::string what, std::string found) {
    constexpr size_t kMost = 64;
    if (state.atomic || state.damage.size() >= kMost) return;
    state.damage.push_back({"INV-29", {}, std::move(what), std::move(found)});
}

/// One file's cached pages: checks that each knows where it belongs, and counts the cache's reference.
class CacheWalk {
  public:
    CacheWalk(AuditState& state, LinearAddr mapping, LinearAddr mem_map, CacheBudget& budget)
        : state_(state), mapping_(mapping), mem_map_(mem_map), budget_(budget) {}

    uint32_t found() const { return found_; }

    void node(LinearAddr at, uint32_t height, uint64_t index) {
        const AuditLayouts::Node& layout = state_.layouts.node;
        if (budget_.nodes == 0 || budget_.pages == 0) return;
        --budget_.nodes;
        std::vector<uint32_t> slots(layout.count);
        if (at.value < kPageOffset ||
            state_.kernel.memory.read(at + layout.slots, std::as_writable_bytes(std::span(slots)))) {
            return damage("a node of the page cache", fmt::format("0x{:08x}, not mapped", at.value));
        }
        for (uint32_t i = 0; i < slots.size(); ++i) {
            if (slots[i] == 0) continue;
            const uint64_t below = index * layout.count + i;
            if (height > 1) {
                node(LinearAddr(slots[i]), height - 1, below);
            } else {
                page(slots[i], static_cast<uint32_t>(below));
            }
        }
    }

  private:
    void page(uint32_t at, uint32_t index) {
        if (budget_.pages == 0) return;
        --budget_.pages;
        ++found_;
        const uint32_t size = state_.layouts.page.layout.type().size, offset = at - mem_map_.value;
        if (at < mem_map_.value || offset % size != 0 || offset / size >= state_.pages.size()) {
            return damage("a page of the page cache", fmt::format("0x{:08x}, not in mem_map", at));
        }
        AuditPage& page = state_.pages[offset / size];
        ++page.cached;
        if (page.mapping != mapping_ || page.index != index) {
            damage(fmt::format("mapping and index of frame {}", offset / size),
                   fmt::format("0x{:08x} and {}", page.mapping.value, page.index));
        }
    }
    void damage(std::string what, std::string found) {
        tell_damage(state_, std::move(what), std::move(found));
    }

    AuditState& state_;
    LinearAddr mapping_, mem_map_;
    CacheBudget& budget_;
    uint32_t found_ = 0;
};

void walk_cache_of(AuditState& state, LinearAddr mapping, LinearAddr mem_map, CacheBudget& budget) {
    const AuditLayouts::Mapping& layout = state.layouts.mapping;
    constexpr uint32_t kMaxHeight = 6;  // 2^32 pages, 64 a node
    const auto damage = [&](std::string what, std::string found) {
        tell_damage(state, std::move(what), std::move(found));
    };
    Record record;
    if (!state.read(layout.layout, mapping, record))
        return damage("a page's mapping", fmt::format("0x{:08x}, not mapped", mapping.value));
    const uint32_t height = record.u32(layout.tree_height);
    if (height > kMaxHeight)
        return damage(fmt::format("height of the page cache of 0x{:08x}", mapping.value),
                      fmt::format("{}", height));
    CacheWalk walk(state, mapping, mem_map, budget);
    if (height != 0) walk.node(record.pointer(layout.tree_root), height, 0);
    const uint32_t nrpages = record.u32(layout.nrpages);
    if (nrpages != walk.found()) {
        damage(fmt::format("nrpages of 0x{:08x}", mapping.value),
               fmt::format("{}, and {} pages are there", nrpages, walk.found()));
    }
}

/// Files are found by their pages: the mapping of every page that is nobody else's.
void read_page_cache(AuditState& state) {
    const AuditLayouts& layouts = state.layouts;
    if (!layouts.mapping.tree_root || layouts.node.count == 0) return;
    const LinearAddr mem_map(state.kernel.memory.read_u32(layouts.mem_map).value_or(0));
    std::vector<LinearAddr> mappings;
    for (const AuditPage& page : state.pages) {
        const bool other = state.has_bit(page, layouts.page.bit_slab) ||
                           state.has_bit(page, layouts.page.bit_buddy) ||
                           state.has_bit(page, layouts.page.bit_swapcache);
        if (page.mapping.value != 0 && !page.anonymous() && !other) mappings.push_back(page.mapping);
    }
    std::ranges::sort(mappings);
    const auto doubles = std::ranges::unique(mappings);
    mappings.erase(doubles.begin(), doubles.end());
    CacheBudget budget{8 * state.pages.size() + 64, 2 * state.pages.size()};
    for (const LinearAddr mapping : mappings)
        walk_cache_of(state, mapping, mem_map, budget);
    for (AuditPage& page : state.pages) {
        if (state.has_bit(page, layouts.page.bit_swapcache)) ++page.cached;
    }
}

// Slabs ---------------------------------------------------------------------------------------------

void read_slabs(AuditState& state) {
    if (state.pages.empty() || state.atomic || !state.layouts.slabs) return;
    auto slabs =
        read_slab_caches(state.kernel, *state.layouts.slabs, state.quiet ? SlabCheck::All : SlabCheck::Free);
    if (slabs) state.slabs = std::move(*slabs);
}

}  // namespace

std::optional<std::vector<LinearAddr>> slab_objects(const AuditState& state, LinearAddr cachep) {
    if (cachep.value == 0 || !state.slabs) return std::nullopt;
    const LinearAddr at(state.kernel.memory.read_u32(cachep).value_or(0));
    const auto cache = std::ranges::find(state.slabs->caches, at, &SlabCacheModel::at);
    if (cache == state.slabs->caches.end() || !cache->whole) return std::nullopt;
    std::vector<LinearAddr> objects;
    for (const SlabModel& slab : cache->slabs)
        objects.insert(objects.end(), slab.objects.begin(), slab.objects.end());
    return objects;
}

void read_audit_frames(AuditState& state) {
    read_map(state);
    read_slabs(state);
    read_page_cache(state);
    if (auto files = slab_objects(state, state.layouts.filp_cachep)) {
        state.files = std::move(*files);
        state.files_known = true;
    }
}

}  // namespace mmscope
