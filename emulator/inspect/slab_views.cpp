// SPDX-License-Identifier: GPL-2.0-or-later
// slab: a line a cache, or a line a slab of one cache.
#include <fmt/format.h>

#include <algorithm>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"
#include "introspect/slab_caches.h"

namespace mmscope {

namespace {

std::string cache_line(const SlabCacheModel& cache) {
    std::string line =
        fmt::format("0x{:08x} {:<20} {:>6} {:>6} {:>7} {:>6} {:>5} {:>9} {:>6} {:>6}  {}\n", cache.at.value,
                    cache.name, cache.active_objects, cache.slabs.size() * cache.per_slab, cache.object_size,
                    cache.stride, cache.order, cache.per_slab, cache.num_slabs, cache.num_free_slabs,
                    join_names(slab_flag_names(cache.flags)));
    add_problem_lines(line, cache.problems);
    return line;
}

std::string caches_text(const SlabCaches& caches) {
    std::string out =
        fmt::format("{:<10} {:<20} {:>6} {:>6} {:>7} {:>6} {:>5} {:>9} {:>6} {:>6}  {}\n", "CACHE", "NAME",
                    "ACTIVE", "SLOTS", "OBJSIZE", "STRIDE", "ORDER", "PER_SLAB", "SLABS", "EMPTY", "FLAGS");
    for (const SlabCacheModel& cache : caches.caches)
        out += cache_line(cache);
    add_problem_lines(out, caches.problems);
    return out;
}

std::string cache_text(const SlabCacheModel& cache, const SymbolTable& symbols) {
    std::string out =
        fmt::format("slab cache {} @{:08x}: objects of {} bytes every {}, {} in a slab of {} frame{}\n",
                    cache.name, cache.at.value, cache.object_size, cache.stride, cache.per_slab,
                    1u << std::min(cache.order, 16u), cache.order == 0 ? "" : "s");
    out += fmt::format("  flags {}", join_names(slab_flag_names(cache.flags)));
    if (cache.constructor.value != 0)
        out += fmt::format(", constructor {}", symbols.describe(cache.constructor));
    out += fmt::format("; {} objects in use, {} slabs, {} of them empty\n", cache.active_objects,
                       cache.num_slabs, cache.num_free_slabs);
    for (const SlabModel& slab : cache.slabs) {
        out += fmt::format("  {:<7} frame {:<7} {} of {} in use\n", slab.list, slab.frame, slab.in_use,
                           cache.per_slab);
        for (size_t i = 0; i < slab.objects.size(); ++i)
            out += fmt::format("{}0x{:08x}{}", i % 8 == 0 ? "    " : " ", slab.objects[i].value,
                               i % 8 == 7 || i + 1 == slab.objects.size() ? "\n" : "");
    }
    add_problem_lines(out, cache.problems);
    return out;
}

InspectJson cache_json(const SlabCacheModel& cache, const SymbolTable& symbols, bool with_objects) {
    InspectJson json{{"at", hex_word(cache.at)},
                     {"name", cache.name},
                     {"flags", slab_flag_names(cache.flags)},
                     {"object_size", cache.object_size},
                     {"stride", cache.stride},
                     {"order", cache.order},
                     {"per_slab", cache.per_slab},
                     {"active_objects", cache.active_objects},
                     {"num_slabs", cache.num_slabs},
                     {"num_free_slabs", cache.num_free_slabs}};
    if (cache.constructor.value != 0) json["constructor"] = symbols.describe(cache.constructor);
    if (with_objects) {
        json["slabs"] = InspectJson::array();
        for (const SlabModel& slab : cache.slabs) {
            InspectJson item{{"frame", slab.frame}, {"list", slab.list}, {"in_use", slab.in_use}};
            item["objects"] = InspectJson::array();
            for (const LinearAddr object : slab.objects)
                item["objects"].push_back(hex_word(object));
            json["slabs"].push_back(std::move(item));
        }
    }
    json["problems"] = cache.problems;
    return json;
}

std::unexpected<Error> no_cache(const SlabCaches& caches, std::string_view name) {
    std::vector<std::string_view> names;
    for (const SlabCacheModel& cache : caches.caches)
        names.push_back(cache.name);
    const std::string near = nearest_name(name, names);
    return fail(fmt::format("there is no cache '{}'{}", name,
                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace

Result<std::string> run_slab(const CommandCall& call) {
    const auto objects = Objects::at(call.inspector());
    if (!objects) return std::unexpected(objects.error());
    const auto caches = read_slab_caches(objects->kernel());
    if (!caches) return std::unexpected(caches.error());
    const SymbolTable& symbols = call.inspector().kernel().symbols();
    InspectJson json = inspect_document("slab", objects->kernel().moment);
    json["caches"] = InspectJson::array();
    if (const std::string* name = call.argument(0)) {
        const auto cache = std::ranges::find(caches->caches, *name, &SlabCacheModel::name);
        if (cache == caches->caches.end()) return no_cache(*caches, *name);
        if (!call.json) return cache_text(*cache, symbols);
        json["caches"].push_back(cache_json(*cache, symbols, true));
    } else {
        if (!call.json) return caches_text(*caches);
        for (const SlabCacheModel& cache : caches->caches)
            json["caches"].push_back(cache_json(cache, symbols, false));
    }
    json["problems"] = caches->problems;
    return json_line(json);
}

}  // namespace mmscope
