// SPDX-License-Identifier: GPL-2.0-or-later
// Members of kmem_cache and of a slab's map entry, and what a slot must look like.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "introspect/slab_caches.h"

namespace mmscope {

namespace {

constexpr uint32_t kSlabPoison = 0x800, kSlabRedZone = 0x400;
constexpr uint32_t kRedInactive = 0x09F91102, kRedActive = 0xD84156C5;
constexpr std::byte kPoisonFree{0x6B}, kPoisonEnd{0xA5};

using Members = std::initializer_list<std::pair<Field*, std::string_view>>;

Result<void> take_members(StructLayout& layout, Members members) {
    for (const auto& [field, member] : members) {
        const auto found = layout.require(member);
        if (!found) return std::unexpected(found.error());
        *field = *found;
    }
    return {};
}

uint32_t offset_in(StructLayout& layout, std::string_view member) {
    const auto place = layout.require_place(member);
    return place ? place->offset : 0;
}

Result<void> resolve_slab_cache(SlabLayouts& l) {
    const auto members = take_members(l.cache, {{&l.name, "name"},
                                                {&l.flags, "flags"},
                                                {&l.object_size, "object_size"},
                                                {&l.padded_size, "padded_size"},
                                                {&l.object_offset, "object_offset"},
                                                {&l.link_offset, "link_offset"},
                                                {&l.stride, "stride"},
                                                {&l.order, "order"},
                                                {&l.per_slab, "objects_per_slab"},
                                                {&l.constructor, "constructor"},
                                                {&l.chain_next, "chain.next"},
                                                {&l.chain_prev, "chain.prev"},
                                                {&l.active_objects, "active_objects"},
                                                {&l.num_slabs, "num_slabs"},
                                                {&l.num_free_slabs, "num_free_slabs"}});
    if (!members) return members;
    l.lock_serving = l.cache.find("lock.serving");
    l.lock_next = l.cache.find("lock.next");
    for (size_t i = 0; i < SlabLayouts::kLists.size(); ++i) {
        const std::string list = fmt::format("slabs_{}", SlabLayouts::kLists[i]);
        const auto ends =
            take_members(l.cache, {{&l.first[i], list + ".next"}, {&l.last[i], list + ".prev"}});
        if (!ends) return ends;
        l.head[i] = offset_in(l.cache, list);
    }
    l.chain = offset_in(l.cache, "chain");
    return {};
}

uint32_t word_at(std::span<const std::byte> slot, uint32_t offset) {
    uint32_t value = 0;
    if (offset + 4 <= slot.size()) std::memcpy(&value, slot.data() + offset, 4);
    return value;
}

bool is_poisoned(std::span<const std::byte> object) {
    if (object.empty() || object.back() != kPoisonEnd) return false;
    const auto body = object.first(object.size() - 1);
    return std::ranges::all_of(body, [](std::byte byte) { return byte == kPoisonFree; });
}

}  // namespace

Result<SlabLayouts> SlabLayouts::resolve(const TypeTable& types) {
    const auto cache = types.get_tag("kmem_cache"), page = types.get_tag("page");
    if (!cache) return std::unexpected(cache.error());
    if (!page) return std::unexpected(page.error());
    SlabLayouts l;
    l.cache = StructLayout(**cache);
    l.page = StructLayout(**page);
    if (const auto done = resolve_slab_cache(l); !done) return std::unexpected(done.error());
    const auto done = take_members(l.page, {{&l.page_flags, "flags"},
                                            {&l.index, "index"},
                                            {&l.mapping, "mapping"},
                                            {&l.private_, "private_"},
                                            {&l.lru_next, "lru.next"},
                                            {&l.lru_prev, "lru.prev"}});
    if (!done) return std::unexpected(done.error());
    l.lru = offset_in(l.page, "lru");
    const Type* flags = types.find_tag("pageflags");
    for (const Enumerator& e : flags != nullptr ? flags->resolved().enumerators : std::vector<Enumerator>()) {
        if (e.name == "PG_slab" && e.value >= 0 && e.value < 32) l.bit_slab = static_cast<int>(e.value);
    }
    return l;
}

std::string check_slab_slot(const SlabCacheModel& cache, std::span<const std::byte> slot, bool is_free,
                            SlabCheck check) {
    const uint32_t end = cache.object_offset + cache.padded_size;
    if ((cache.flags & kSlabRedZone) != 0 && (is_free || check == SlabCheck::All)) {
        const uint32_t expected = is_free ? kRedInactive : kRedActive;
        for (const uint32_t zone : {word_at(slot, cache.object_offset - 4), word_at(slot, end)}) {
            if (zone != expected)
                return fmt::format("a red zone is 0x{:08x}, expected 0x{:08x}", zone, expected);
        }
    }
    if (is_free && (cache.flags & kSlabPoison) != 0 &&
        !is_poisoned(slot.subspan(cache.object_offset, cache.object_size)))
        return "was written after it was freed";
    return {};
}

}  // namespace mmscope
