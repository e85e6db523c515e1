// SPDX-License-Identifier: GPL-2.0-or-later
// From cache_chain over each cache's three lists to the slots of every slab.
#include "inspect/slab.h"

#include <fmt/format.h>

#include <array>
#include <unordered_set>

#include "introspect/layout.h"
#include "introspect/walkers.h"

namespace mmscope {

namespace {

constexpr uint32_t kMostCaches = 512, kMostSlabs = 1u << 15, kMostSlabObjects = 1u << 15,
                   kMostSteps = 1u << 20;
constexpr uint32_t kLongestName = 64;

struct SlabLayouts {
    StructLayout cache, page;
    Field name, flags, object_size, object_offset, link_offset, stride, order, per_slab, constructor,
        chain_next, active_objects, num_slabs, num_free_slabs;
    std::array<Field, 3> first;      // of each list
    std::array<uint32_t, 3> head{};  // where each list's head stands
    uint32_t chain = 0, lru = 0;
    Field index, mapping, private_, lru_next;
};
constexpr std::array<std::string_view, 3> kLists = {"full", "partial", "free"};

uint32_t place_of(StructLayout& layout, std::string_view member) {
    const auto place = layout.require_place(member);
    return place ? place->offset : 0;
}

Result<SlabLayouts> resolve(const TypeTable& types) {
    const auto cache = types.get_tag("kmem_cache"), page = types.get_tag("page");
    if (!cache) return std::unexpected(cache.error());
    if (!page) return std::unexpected(page.error());
    SlabLayouts layouts;
    layouts.cache = StructLayout(**cache);
    layouts.page = StructLayout(**page);
    Result<void> done;
    const auto take = [&done](StructLayout& layout, Field& field, std::string_view member) {
        auto found = layout.require(member);
        if (found) field = *found;
        if (!found && done) done = std::unexpected(found.error());
    };
    SlabLayouts& l = layouts;
    for (const auto& [field, member] :
         std::initializer_list<std::pair<Field*, std::string_view>>{{&l.name, "name"},
                                                                    {&l.flags, "flags"},
                                                                    {&l.object_size, "object_size"},
                                                                    {&l.object_offset, "object_offset"},
                                                                    {&l.link_offset, "link_offset"},
                                                                    {&l.stride, "stride"},
                                                                    {&l.order, "order"},
                                                                    {&l.per_slab, "objects_per_slab"},
                                                                    {&l.constructor, "constructor"},
                                                                    {&l.chain_next, "chain.next"},
                                                                    {&l.active_objects, "active_objects"},
                                                                    {&l.num_slabs, "num_slabs"},
                                                                    {&l.num_free_slabs, "num_free_slabs"}})
        take(l.cache, *field, member);
    for (size_t i = 0; i < kLists.size(); ++i) {
        const std::string list = fmt::format("slabs_{}", kLists[i]);
        take(l.cache, l.first[i], list + ".next");
        l.head[i] = place_of(l.cache, list);
    }
    for (const auto& [field, member] :
         std::initializer_list<std::pair<Field*, std::string_view>>{{&l.index, "index"},
                                                                    {&l.mapping, "mapping"},
                                                                    {&l.private_, "private_"},
                                                                    {&l.lru_next, "lru.next"}})
        take(l.page, *field, member);
    l.chain = place_of(l.cache, "chain");
    l.lru = place_of(l.page, "lru");
    if (!done) return std::unexpected(done.error());
    return layouts;
}

class SlabReader {
  public:
    SlabReader(const KernelMemory& kernel, SlabLayouts layouts, LinearAddr mem_map, uint32_t frames)
        : kernel_(kernel), layouts_(layouts), mem_map_(mem_map), frames_(frames) {}

    SlabCaches read(LinearAddr chain) {
        SlabCaches all;
        const auto first = kernel_.memory.read_u32(chain);
        LinearAddr link(first.value_or(0));
        while (link != chain) {
            Record record;
            const LinearAddr at = link - layouts_.chain;
            if (all.caches.size() >= kMostCaches || at.value < kPageOffset ||
                layouts_.cache.read(kernel_.memory, at, record)) {
                report(
                    all.problems,
                    describe_damage(
                        "kmem_cache.chain", link,
                        at.value < kPageOffset ? "not a kernel address" : "not mapped",
                        WalkPath("cache_chain").then("next", static_cast<uint32_t>(all.caches.size() + 1))));
                break;
            }
            all.caches.push_back(cache(record));
            link = record.pointer(layouts_.chain_next);
            if (!seen_.insert(link.value).second) {
                report(all.problems, "cache_chain goes in a circle without its head");
                break;
            }
        }
        return all;
    }

  private:
    SlabCacheModel cache(const Record& record) {
        SlabCacheModel model;
        model.at = record.at();
        model.name = name(record.pointer(layouts_.name));
        model.constructor = record.pointer(layouts_.constructor);
        model.flags = record.u32(layouts_.flags);
        model.object_size = record.u32(layouts_.object_size);
        model.stride = record.u32(layouts_.stride);
        model.order = record.u32(layouts_.order);
        model.per_slab = record.u32(layouts_.per_slab);
        model.active_objects = record.u32(layouts_.active_objects);
        model.num_slabs = record.u32(layouts_.num_slabs);
        model.num_free_slabs = record.u32(layouts_.num_free_slabs);
        const bool sane = model.stride != 0 && model.per_slab != 0 && model.per_slab <= kMostSlabObjects &&
                          model.order < 16;
        if (!sane) model.problems.push_back("its sizes are nonsense");
        for (size_t list = 0; sane && list < kLists.size(); ++list)
            read_list(record, list, model);
        compare(model);
        return model;
    }

    void read_list(const Record& cache, size_t list, SlabCacheModel& model) {
        const LinearAddr head = cache.at() + layouts_.head[list];
        for (LinearAddr link = cache.pointer(layouts_.first[list]); link != head;) {
            const LinearAddr at = link - layouts_.lru;
            const uint32_t size = layouts_.page.type().size, offset = at - mem_map_;
            Record page;
            const bool valid = at >= mem_map_ && offset % size == 0 && offset / size < frames_;
            if (!valid || ++slabs_ > kMostSlabs || layouts_.page.read(kernel_.memory, at, page)) {
                const char* what =
                    slabs_ > kMostSlabs ? "too many slabs, or a circle" : "no frame's map entry";
                return report(model.problems,
                              fmt::format("slabs_{} @{:08x}: {}", kLists[list], link.value, what));
            }
            SlabModel slab{.frame = offset / size,
                           .list = kLists[list],
                           .in_use = page.u32(layouts_.index),
                           .objects = {}};
            if (page.pointer(layouts_.private_) != cache.at())
                report(model.problems, fmt::format("frame {} says that it belongs to the cache at 0x{:08x}",
                                                   slab.frame, page.u32(layouts_.private_)));
            read_slots(cache, page.pointer(layouts_.mapping), slab, model);
            model.slabs.push_back(std::move(slab));
            link = page.pointer(layouts_.lru_next);
        }
    }

    /// What is not free is in use.
    void read_slots(const Record& cache, LinearAddr free_slot, SlabModel& slab, SlabCacheModel& model) {
        const LinearAddr base(kPageOffset + slab.frame * kPageSize);
        const uint32_t link_offset = cache.u32(layouts_.link_offset);
        std::unordered_set<uint32_t> free;  // asked, never walked
        while (free_slot.value != 0) {
            const uint32_t offset = free_slot - base;
            const bool valid =
                free_slot >= base && offset % model.stride == 0 && offset / model.stride < model.per_slab;
            const auto next = valid ? kernel_.memory.read_u32(free_slot + link_offset) : std::nullopt;
            if (!next || !free.insert(free_slot.value).second || ++steps_ > kMostSteps)
                return report(model.problems,
                              fmt::format("frame {}: the chain of free slots breaks at 0x{:08x}", slab.frame,
                                          free_slot.value));
            free_slot = LinearAddr(*next);
        }
        for (uint32_t i = 0; i < model.per_slab && ++steps_ <= kMostSteps; ++i) {
            const LinearAddr slot = base + i * model.stride;
            if (!free.contains(slot.value)) slab.objects.push_back(slot + cache.u32(layouts_.object_offset));
        }
        check_slab(slab, model);
    }

    static void check_slab(const SlabModel& slab, SlabCacheModel& model) {
        const auto used = static_cast<uint32_t>(slab.objects.size());
        if (used != slab.in_use)
            report(model.problems,
                   fmt::format("frame {} says {} objects in use, and {} are", slab.frame, slab.in_use, used));
        const std::string_view right = used == 0 ? "free" : used == model.per_slab ? "full" : "partial";
        if (slab.list != right)
            report(model.problems, fmt::format("frame {} is on slabs_{} and has {} of {} objects in use",
                                               slab.frame, slab.list, used, model.per_slab));
    }

    static void compare(SlabCacheModel& model) {
        uint32_t objects = 0, free_slabs = 0;
        for (const SlabModel& slab : model.slabs) {
            objects += static_cast<uint32_t>(slab.objects.size());
            free_slabs += slab.list == "free";
        }
        const auto check = [&](std::string_view what, uint32_t claimed, uint32_t found) {
            if (claimed != found)
                report(model.problems, fmt::format("{} is {}, and {} were found", what, claimed, found));
        };
        check("active_objects", model.active_objects, objects);
        check("num_slabs", model.num_slabs, static_cast<uint32_t>(model.slabs.size()));
        check("num_free_slabs", model.num_free_slabs, free_slabs);
    }

    std::string name(LinearAddr at) const {
        std::string text;
        for (std::byte byte; text.size() < kLongestName; at = at + 1) {
            if (kernel_.memory.read(at, std::span(&byte, 1))) return text.empty() ? "?" : text;
            const auto c = static_cast<char>(byte);
            if (c == 0) break;
            text += c >= 0x20 && c < 0x7f ? c : '?';
        }
        return text;
    }

    const KernelMemory& kernel_;
    const SlabLayouts layouts_;
    LinearAddr mem_map_;
    uint32_t frames_, slabs_ = 0, steps_ = 0;
    std::unordered_set<uint32_t> seen_;  // asked, never walked
};

Result<uint32_t> variable_word(const Objects& objects, std::string_view name) {
    const auto variable = objects.variable(name);
    return variable ? variable->u32() : std::unexpected(variable.error());
}

}  // namespace

Result<SlabCaches> read_slab_caches(const Objects& objects) {
    auto layouts = resolve(objects.kernel().kernel->image().types());
    if (!layouts) return std::unexpected(layouts.error());
    const auto chain = objects.variable("cache_chain");
    if (!chain) return std::unexpected(chain.error());
    const auto mem_map = variable_word(objects, "mem_map"), frames = variable_word(objects, "max_mapnr");
    if (!mem_map) return std::unexpected(mem_map.error());
    if (!frames) return std::unexpected(frames.error());
    SlabReader reader(objects.kernel(), *layouts, LinearAddr(*mem_map), *frames);
    return reader.read(chain->address());
}

}  // namespace mmscope
