// SPDX-License-Identifier: GPL-2.0-or-later
// From cache_chain over each cache's three lists to the slots of every slab.
#include "introspect/slab_caches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "introspect/typed_ref.h"
#include "introspect/walkers.h"

namespace mmscope {

namespace {

constexpr uint32_t kMostCaches = 512, kMostFrames = 1u << 20, kMostSteps = 1u << 20;
constexpr uint32_t kMostOrder = 5;  // 128 KiB
constexpr uint32_t kLongestName = 64;
constexpr uint32_t kConstructed = 0x800, kGuarded = 0x400;  // SLAB_POISON, SLAB_RED_ZONE

class SlabReader {
  public:
    SlabReader(const KernelMemory& kernel, const SlabLayouts& layouts, LinearAddr mem_map, uint32_t frames,
               SlabCheck check)
        : kernel_(kernel),
          layouts_(layouts),
          mem_map_(mem_map),
          frames_(std::min(frames, kMostFrames)),
          check_(check),
          taken_(frames_) {}

    SlabCaches read(LinearAddr chain) {
        const auto first = kernel_.memory.read_u32(chain), last = kernel_.memory.read_u32(chain + 4);
        LinearAddr link(first.value_or(0)), before = chain;
        while (link != chain) {
            Record record;
            const LinearAddr at = link - layouts_.chain;
            if (all_.caches.size() >= kMostCaches || at.value < kPageOffset ||
                layouts_.cache.read(kernel_.memory, at, record)) {
                chain_breaks(link, at.value < kPageOffset ? "not a kernel address" : "not mapped");
                break;
            }
            all_.caches.push_back(cache(record));
            if (record.pointer(layouts_.chain_prev) != before)
                report(all_.caches.back().problems,
                       fmt::format("chain.prev is 0x{:08x}, expected 0x{:08x}",
                                   record.u32(layouts_.chain_prev), before.value));
            before = link;
            link = record.pointer(layouts_.chain_next);
            if (!seen_.insert(link.value).second) {
                report(all_.problems, "cache_chain goes in a circle without its head");
                break;
            }
        }
        if (link == chain && last.value_or(0) != before.value)
            report(all_.problems, fmt::format("cache_chain.prev is 0x{:08x}, expected 0x{:08x}",
                                              last.value_or(0), before.value));
        return std::move(all_);
    }

  private:
    void chain_breaks(LinearAddr link, const char* why) {
        const auto number = static_cast<uint32_t>(all_.caches.size() + 1);
        report(all_.problems,
               describe_damage("kmem_cache.chain", link, why, WalkPath("cache_chain").then("next", number)));
    }

    SlabCacheModel cache(const Record& record) {
        const auto u32 = [&](const Field& field) { return record.u32(field); };
        SlabCacheModel model;
        model.at = record.at();
        model.name = name(record.pointer(layouts_.name));
        model.constructor = record.pointer(layouts_.constructor);
        model.flags = u32(layouts_.flags);
        model.object_size = u32(layouts_.object_size);
        model.padded_size = u32(layouts_.padded_size);
        model.object_offset = u32(layouts_.object_offset);
        model.link_offset = u32(layouts_.link_offset);
        model.stride = u32(layouts_.stride);
        model.order = u32(layouts_.order);
        model.per_slab = u32(layouts_.per_slab);
        model.active_objects = u32(layouts_.active_objects);
        model.num_slabs = u32(layouts_.num_slabs);
        model.num_free_slabs = u32(layouts_.num_free_slabs);
        check_descriptor(record, model);
        for (size_t list = 0; model.whole && list < SlabLayouts::kLists.size(); ++list)
            read_list(record, list, model);
        compare(model);
        return model;
    }

    /// The parts of a slot follow each other, and as many slots are in a slab as fit.
    void check_descriptor(const Record& record, SlabCacheModel& model) const {
        const bool guarded = (model.flags & kGuarded) != 0;
        const bool sane = model.stride != 0 && model.order <= kMostOrder && model.object_size != 0 &&
                          model.object_size <= (kPageSize << kMostOrder);
        const uint32_t room = kPageSize << std::min(model.order, kMostOrder);
        const bool inside = model.object_offset <= room && model.padded_size <= room;
        const uint32_t end = model.object_offset + model.padded_size + (guarded ? 4 : 0);
        const bool behind = model.constructor.value != 0 || (model.flags & kConstructed) != 0;
        const bool right = sane && inside && model.per_slab == room / model.stride && model.per_slab != 0 &&
                           model.padded_size == ((model.object_size + 3) & ~3u) &&
                           (guarded ? model.object_offset >= 4 : model.object_offset == 0) &&
                           model.link_offset == (behind ? end : model.object_offset) &&
                           model.stride >= end + (behind ? 4 : 0) && model.stride % 4 == 0;
        if (!right) {
            model.problems.emplace_back("its sizes are nonsense");
            model.whole = false;
        }
        if (model.name.empty() || model.name.find('?') != std::string::npos)
            model.problems.emplace_back("it has no name");
        const LinearAddr run = model.constructor;
        const Symbol* function = kernel_.kernel->symbols().find(run);
        if (run.value != 0 && (function == nullptr || function->address != run))
            report(model.problems, fmt::format("its constructor 0x{:08x} is no function", run.value));
        if (record.u32(layouts_.lock_next) != record.u32(layouts_.lock_serving) && check_ == SlabCheck::All)
            model.problems.emplace_back("its lock is held by nobody");
    }

    /// The frame that a list's link leads to. Error: it is no map entry, or has been seen before.
    Result<uint32_t> frame_at(LinearAddr link, const SlabCacheModel& model) {
        const uint32_t size = layouts_.page.type().size;
        const LinearAddr at = link - layouts_.lru;
        const uint32_t offset = at - mem_map_, frames = 1u << model.order;
        const bool entry = at >= mem_map_ && offset % size == 0 && offset / size < frames_;
        if (!entry || frames > frames_ - offset / size) return fail("no frame's map entry");
        if (taken_[offset / size]) return fail("too many slabs, or a circle");
        taken_[offset / size] = true;
        all_.frames += frames;
        return offset / size;
    }

    void read_list(const Record& cache, size_t list, SlabCacheModel& model) {
        const LinearAddr head = cache.at() + layouts_.head[list];
        const auto links = [&](const char* what, uint32_t found, LinearAddr expected) {
            if (found != expected.value)
                report(model.problems, fmt::format("slabs_{}, {}: 0x{:08x}, expected 0x{:08x}",
                                                   SlabLayouts::kLists[list], what, found, expected.value));
        };
        LinearAddr before = head;
        for (LinearAddr link = cache.pointer(layouts_.first[list]); link != head;) {
            const auto frame = frame_at(link, model);
            Record page;
            if (!frame || layouts_.page.read(kernel_.memory, link - layouts_.lru, page)) {
                model.whole = false;
                return report(model.problems,
                              fmt::format("slabs_{} @{:08x}: {}", SlabLayouts::kLists[list], link.value,
                                          frame ? "not mapped" : frame.error().message));
            }
            links("lru.prev", page.u32(layouts_.lru_prev), before);
            SlabModel slab{.frame = *frame,
                           .list = SlabLayouts::kLists[list],
                           .in_use = page.u32(layouts_.index),
                           .objects = {}};
            check_frames(slab.frame, model);
            read_slots(page.pointer(layouts_.mapping), slab, model);
            model.slabs.push_back(std::move(slab));
            before = link;
            link = page.pointer(layouts_.lru_next);
        }
        links("prev", cache.u32(layouts_.last[list]), before);
    }

    /// Each frame of a slab says that it is one, and whose.
    void check_frames(uint32_t first, SlabCacheModel& model) const {
        const uint32_t size = layouts_.page.type().size;
        for (uint32_t frame = first; frame < first + (1u << model.order); ++frame) {
            Record page;
            if (layouts_.page.read(kernel_.memory, mem_map_ + frame * size, page)) return;
            if (page.pointer(layouts_.private_) != model.at)
                report(model.problems, fmt::format("frame {} says that it belongs to the cache at 0x{:08x}",
                                                   frame, page.u32(layouts_.private_)));
            if (layouts_.bit_slab >= 0 && page.u32(layouts_.page_flags) != 1u << layouts_.bit_slab)
                report(model.problems, fmt::format("frame {} has the flags 0x{:08x}, expected PG_slab alone",
                                                   frame, page.u32(layouts_.page_flags)));
        }
    }

    /// What is not free is in use.
    void read_slots(LinearAddr free_slot, SlabModel& slab, SlabCacheModel& model) {
        const LinearAddr base(kPageOffset + slab.frame * kPageSize);
        bytes_.resize(size_t{kPageSize} << model.order);
        const auto broken = [&](LinearAddr at) {
            model.whole = false;
            report(model.problems,
                   fmt::format("frame {}: the chain of free slots breaks at 0x{:08x}", slab.frame, at.value));
        };
        if (!kernel_.memory.physical().read(PhysAddr(slab.frame * kPageSize), bytes_)) return broken(base);
        free_.assign(model.per_slab, false);
        while (free_slot.value != 0) {
            const uint32_t offset = free_slot - base, number = offset / model.stride;
            if (free_slot < base || offset % model.stride != 0 || number >= model.per_slab || free_[number] ||
                ++steps_ > kMostSteps)
                return broken(free_slot);
            free_[number] = true;
            uint32_t next = 0;
            std::memcpy(&next, bytes_.data() + offset + model.link_offset, 4);
            free_slot = LinearAddr(next);
        }
        for (uint32_t i = 0; i < model.per_slab && ++steps_ <= kMostSteps; ++i) {
            const LinearAddr object = base + i * model.stride + model.object_offset;
            if (!free_[i]) slab.objects.push_back(object);
            const auto slot =
                std::span<const std::byte>(bytes_).subspan(size_t{i} * model.stride, model.stride);
            const std::string wrong = check_slab_slot(model, slot, free_[i], check_);
            if (!wrong.empty())
                report(model.problems, fmt::format("object 0x{:08x}: {}", object.value, wrong));
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
    const SlabLayouts& layouts_;
    LinearAddr mem_map_;
    uint32_t frames_, steps_ = 0;
    SlabCheck check_;
    std::vector<bool> taken_;  // by frame: a slab begins there
    SlabCaches all_;
    std::vector<std::byte> bytes_;       // of one slab
    std::vector<bool> free_;             // its slots
    std::unordered_set<uint32_t> seen_;  // asked, never walked
};

Result<uint32_t> variable_word(const KernelMemory& kernel, std::string_view name) {
    const auto variable = TypedRef::variable(kernel.kernel->image(), name, kernel.memory);
    return variable ? variable->u32() : std::unexpected(variable.error());
}

}  // namespace

Result<SlabCaches> read_slab_caches(const KernelMemory& kernel, const SlabLayouts& layouts, SlabCheck check) {
    const auto chain = TypedRef::variable(kernel.kernel->image(), "cache_chain", kernel.memory);
    if (!chain) return std::unexpected(chain.error());
    const auto mem_map = variable_word(kernel, "mem_map"), frames = variable_word(kernel, "max_mapnr");
    if (!mem_map) return std::unexpected(mem_map.error());
    if (!frames) return std::unexpected(frames.error());
    SlabReader reader(kernel, layouts, LinearAddr(*mem_map), *frames, check);
    return reader.read(chain->address());
}

Result<SlabCaches> read_slab_caches(const KernelMemory& kernel) {
    const auto layouts = SlabLayouts::resolve(kernel.kernel->image().types());
    if (!layouts) return std::unexpected(layouts.error());
    return read_slab_caches(kernel, *layouts, SlabCheck::Free);
}

}  // namespace mmscope
