// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about what the descriptors hang on, which no invariant has a number for: lists of tasks (KRN-01) and
// of frames (KRN-02), slab caches (KRN-03), the kernel's own space (KRN-04).
#include <array>
#include <initializer_list>
#include <utility>

#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

constexpr std::array<std::string_view, 4> kTaskLists = {"tasks", "sibling", "children", "thread_group"};

/// Both neighbours of the list_head at `link` name it. One that was never on a list is 0 on both sides.
void check_link(const AuditState& state, LinearAddr link, std::string_view list, uint32_t pid,
                AuditSink& sink) {
    const GuestMemory& memory = state.kernel.memory;
    const auto next = memory.read_u32(link), prev = memory.read_u32(link + 4);
    if (!next || !prev || (*next == 0 && *prev == 0)) return;
    const auto check = [&](const char* side, uint32_t neighbour, uint32_t offset) {
        const auto back =
            neighbour >= kPageOffset ? memory.read_u32(LinearAddr(neighbour) + offset) : std::nullopt;
        if (back != link.value)
            sink.wrong(nullptr, {}, fmt::format("{}.{} of task {}", list, side, pid),
                       fmt::format("0x{:08x}", neighbour), "a list_head that links back");
    };
    check("next", *next, 4);
    check("prev", *prev, 0);
}

}  // namespace

/// A thread that does not lead is on its leader's list only.
void audit_task_links(const AuditState& state, AuditSink& sink) {
    for (const AuditTask& task : state.tasks) {
        for (size_t i = 0; i < task.links.size(); ++i) {
            const bool own = task.leads || i >= 2;
            if (own && task.links[i].value != 0)
                check_link(state, task.links[i], kTaskLists[i], task.pid, sink);
        }
    }
}

/// The free blocks, and the pages that reclaim looks at. Slabs are KRN-03's.
void audit_frame_links(const AuditState& state, AuditSink& sink) {
    const AuditLayouts::Page& layout = state.layouts.page;
    const LinearAddr map(state.kernel.memory.read_u32(state.layouts.mem_map).value_or(0));
    const uint32_t size = layout.layout.type().size;
    if (size == 0 || layout.bit_lru < 0 || layout.bit_buddy < 0) return;
    /// The word at a place that mostly lies in the map of frames, which has been read.
    const auto word_at = [&](LinearAddr link, bool prev) -> std::optional<uint32_t> {
        const uint32_t offset = link - layout.lru - map;
        if (link >= map + layout.lru && offset % size == 0 && offset / size < state.pages.size()) {
            const AuditPage& page = state.pages[offset / size];
            return (prev ? page.lru_prev : page.lru_next).value;
        }
        return link.value >= kPageOffset ? state.kernel.memory.read_u32(link + (prev ? 4 : 0)) : std::nullopt;
    };
    for (uint32_t pfn = 0; pfn < state.pages.size(); ++pfn) {
        const AuditPage& page = state.pages[pfn];
        if (!state.has_bit(page, layout.bit_lru) && !state.has_bit(page, layout.bit_buddy)) continue;
        const LinearAddr own = map + pfn * size + layout.lru;
        const auto check = [&](const char* what, LinearAddr neighbour, bool prev) {
            if (word_at(neighbour, prev) != own.value)
                sink.wrong(nullptr, {}, fmt::format("{} of frame {}", what, pfn),
                           fmt::format("0x{:08x}", neighbour.value), "a list_head that links back");
        };
        check("lru.next", page.lru_next, true);
        check("lru.prev", page.lru_prev, false);
    }
}

bool slabs_live(const AuditState& state) {
    return state.layouts.slabs.has_value();
}

void audit_slab_caches(const AuditState& state, AuditSink& sink) {
    if (!state.slabs) return;
    for (const std::string& problem : state.slabs->problems)
        sink.wrong(nullptr, {}, "the list of slab caches", problem, "a circle through cache_chain");
    bool whole = state.slabs->problems.empty();
    for (const SlabCacheModel& cache : state.slabs->caches) {
        whole &= cache.whole;
        for (const std::string& problem : cache.problems)
            sink.wrong(nullptr, {}, fmt::format("slab cache {}", cache.name), problem, "nothing of the kind");
    }
    uint32_t frames = 0;
    for (const AuditPage& page : state.pages)
        frames += state.has_bit(page, state.layouts.page.bit_slab);
    // A slab that is being made, or given back, is on no list.
    if (whole && state.quiet) sink.equal(nullptr, "frames with PG_slab", frames, state.slabs->frames);
}

/// 2.4.0, whose trees are AVL trees, begins with an empty area in init_mm.
bool kernel_space_is_empty(const AuditState& state) {
    return !state.layouts.mm.mmap_avl;
}

void audit_kernel_space(const AuditState& state, AuditSink& sink) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    const AuditMm& mm = state.init_mm;
    const std::initializer_list<std::pair<const Field&, const char*>> members = {
        {layout.mmap, "mmap of init_mm"},
        {layout.rb_node, "mm_rb of init_mm"},
        {layout.mmap_cache, "mmap_cache of init_mm"},
        {layout.map_count, "map_count of init_mm"},
        {layout.total_vm, "total_vm of init_mm"},
        {layout.locked_vm, "locked_vm of init_mm"},
        {layout.shared_vm, "shared_vm of init_mm"},
        {layout.exec_vm, "exec_vm of init_mm"},
        {layout.stack_vm, "stack_vm of init_mm"},
        {layout.reserved_vm, "reserved_vm of init_mm"},
        {layout.nr_ptes, "nr_ptes of init_mm"},
        {layout.file_rss, "_file_rss of init_mm"},
        {layout.anon_rss, "_anon_rss of init_mm"},
        {layout.num_exe_file_vmas, "num_exe_file_vmas of init_mm"}};
    for (const auto& [field, what] : members)
        sink.require(mm.u32(field) == 0, &mm, nullptr, what, mm.u32(field), "0");
}

}  // namespace mmscope
