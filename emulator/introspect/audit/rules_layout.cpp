// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about where things lie in a space, and about its flags: INV-16 to 19, 33, 34, 37, 45, 48.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

constexpr uint32_t kUnmappedBase = 0x40000000;
constexpr uint32_t kSmallestGap = 128u << 20, kLargestGap = 0xA0000000;  // of mmap_base below the stack's top

bool exec_is_finished(const AuditState& state, const AuditMm& mm) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    return mm.u32(layout.env_end) != 0 && mm.u32(layout.start_brk) != 0;
}

/// A word of the program's memory; none if its page is not in memory.
std::optional<uint32_t> user_word(const AuditState& state, const AuditMm& mm, uint32_t address) {
    if (!mm.has_directory) return std::nullopt;
    return state.kernel.memory.through(mm.directory).read_u32(LinearAddr(address));
}

/// Where the vector begins on the stack that exec made: argc, argv, null, envp, null, vector. None if that
/// stack is not all in memory, or no longer what exec made.
std::optional<uint32_t> auxv_on_stack(const AuditState& state, const AuditMm& mm) {
    const uint32_t start = mm.u32(state.layouts.mm.start_stack), end = mm.u32(state.layouts.mm.arg_start);
    const auto argc = user_word(state, mm, start);
    if (!argc || start % 4 != 0 || end <= start || *argc > (end - start) / 4) return std::nullopt;
    uint32_t at = start + 4 * (*argc + 1);
    if (user_word(state, mm, at) != 0u) return std::nullopt;
    for (at += 4; at < end; at += 4) {
        const auto word = user_word(state, mm, at);
        if (!word) return std::nullopt;
        if (*word == 0) return at + 4;
    }
    return std::nullopt;
}

/// `saved`: an id and its value, as exec also put them at `at`.
void compare_with_stack(const AuditState& state, const AuditMm& mm, uint32_t at,
                        std::array<uint32_t, 2> saved, AuditSink& sink) {
    for (uint32_t i = 0; i < saved.size(); ++i) {
        const auto word = user_word(state, mm, at + 4 * i);
        if (!word || *word == saved[i]) continue;
        sink.note(mm, fmt::format("the auxiliary vector on the stack, at 0x{:08x}", at + 4 * i),
                  fmt::format("0x{:08x}", *word), fmt::format("0x{:08x}, as in saved_auxv", saved[i]));
    }
}

uint32_t page_align(uint32_t address) {
    return (address + kPageSize - 1) & kPageMask;
}

}  // namespace

void audit_code_and_data(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!exec_is_finished(state, mm)) return;
    const AuditLayouts::Mm& layout = state.layouts.mm;
    const auto ordered = [&](std::string_view what, const Field& low, const Field& high) {
        const uint32_t from = mm.u32(low), to = mm.u32(high);
        sink.require(from <= to && to < kPageOffset, &mm, nullptr, what, to,
                     fmt::format("at least 0x{:08x}, below 0xc0000000", from));
    };
    ordered("end_code", layout.start_code, layout.end_code);
    ordered("end_data", layout.start_data, layout.end_data);
    ordered("start_brk", layout.end_data, layout.start_brk);
    const bool low = state.meaning().heap_may_go_below_its_start;
    ordered("brk", low ? layout.end_code : layout.start_brk, layout.brk);
}

void audit_heap(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!exec_is_finished(state, mm) || !mm.list_problem.empty()) return;
    const uint32_t end = page_align(mm.u32(state.layouts.mm.brk));
    for (uint32_t at = page_align(mm.u32(state.layouts.mm.start_brk)); at < end;) {
        const AuditVma* vma = vma_of(mm, LinearAddr(at));
        const bool heap =
            vma && vma->file.value == 0 && (vma->flags & (kVmRead | kVmWrite)) == (kVmRead | kVmWrite);
        if (!heap)
            return sink.require(false, &mm, vma, "the heap's page", at,
                                "in an anonymous area with read and write");
        at = vma->end.value;
    }
}

void audit_stack(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const uint32_t start = mm.u32(state.layouts.mm.start_stack);
    if (!exec_is_finished(state, mm) || !mm.list_problem.empty()) return;
    const AuditVma* vma = vma_of(mm, LinearAddr(start));
    const bool stack = vma && (vma->flags & kVmGrowsDown) != 0;
    sink.require(stack, &mm, vma, "start_stack", start, "in an area with VM_GROWSDOWN");
}

void audit_arguments(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!exec_is_finished(state, mm)) return;
    const AuditLayouts::Mm& layout = state.layouts.mm;
    const auto at = [&](const Field& field) { return mm.u32(field); };
    sink.require(at(layout.start_stack) < at(layout.arg_start), &mm, nullptr, "arg_start",
                 at(layout.arg_start), fmt::format("above start_stack 0x{:08x}", at(layout.start_stack)));
    sink.require(at(layout.arg_start) <= at(layout.arg_end), &mm, nullptr, "arg_end", at(layout.arg_end),
                 fmt::format("at least arg_start 0x{:08x}", at(layout.arg_start)));
    sink.require(at(layout.arg_end) == at(layout.env_start), &mm, nullptr, "env_start", at(layout.env_start),
                 fmt::format("arg_end 0x{:08x}", at(layout.arg_end)));
    sink.require(at(layout.env_start) <= at(layout.env_end) && at(layout.env_end) <= kPageOffset, &mm,
                 nullptr, "env_end", at(layout.env_end), "at least env_start, at most the stack's top");
}

void audit_search_hints(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const AuditLayouts::Mm& layout = state.layouts.mm;
    if (mm.u32(layout.get_unmapped_area) == 0 || !mm.list_problem.empty()) return;  // exec has not chosen yet
    const uint32_t cache = mm.u32(layout.free_area_cache), base = mm.u32(layout.mmap_base);
    if (mm.pointer(layout.get_unmapped_area) == state.layouts.top_down) {
        if (!layout.cached_hole_size) return;  // then it is the search that clips the start
        sink.require(cache <= base || cache == UINT32_MAX, &mm, nullptr, "free_area_cache", cache,
                     fmt::format("at most mmap_base 0x{:08x}", base));
        return;
    }
    sink.require(cache >= kUnmappedBase, &mm, nullptr, "free_area_cache", cache, "at least 0x40000000");
    if (!layout.cached_hole_size) return;
    uint32_t largest = 0, from = kUnmappedBase;
    for (const AuditVma& vma : mm.vmas) {
        if (from >= cache) break;
        if (vma.start.value > from) largest = std::max(largest, std::min(vma.start.value, cache) - from);
        from = std::max(from, vma.end.value);
    }
    if (from < cache) largest = std::max(largest, cache - from);
    const uint32_t hole = mm.u32(layout.cached_hole_size);
    sink.require(hole >= largest, &mm, nullptr, "cached_hole_size", hole,
                 fmt::format("at least 0x{:08x}, the largest hole below free_area_cache", largest));
}

void audit_placement(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const AuditLayouts& layouts = state.layouts;
    const LinearAddr get = mm.pointer(layouts.mm.get_unmapped_area),
                     unmap = mm.pointer(layouts.mm.unmap_area);
    const uint32_t base = mm.u32(layouts.mm.mmap_base);
    if (get.value == 0 || layouts.bottom_up.value == 0) return;
    const bool up = get == layouts.bottom_up;
    sink.require(up || get == layouts.top_down, &mm, nullptr, "get_unmapped_area", get.value,
                 "bottom-up or top-down placement");
    sink.require(unmap == (up ? layouts.bottom_up_unmap : layouts.top_down_unmap), &mm, nullptr, "unmap_area",
                 unmap.value, "the partner of get_unmapped_area");
    const bool fits = up ? base == kUnmappedBase
                         : base % kPageSize == 0 && base <= kPageOffset - kSmallestGap &&
                               base >= kPageOffset - kLargestGap - kPageSize;
    sink.require(fits, &mm, nullptr, "mmap_base", base,
                 up ? "0x40000000" : "below the stack's room, page-aligned");
}

void audit_dumpable(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const uint32_t dumpable = mm.u32(state.layouts.mm.flags) & 3;
    sink.require(dumpable != 2 || !state.quiet, &mm, nullptr, "the two dumpable bits of flags", dumpable,
                 "0, 1 or 3");
    sink.require((mm.u32(state.layouts.mm.flags) & ~0x1FFu) == 0, &mm, nullptr, "flags",
                 mm.u32(state.layouts.mm.flags), "dumpable bits and the core filter only");
}

/// The vector on the stack is the program's to overwrite: only the kernel's copy is held to anything, a
/// difference between the two is a note.
void audit_auxv(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const MemberPlace& place = state.layouts.mm.saved_auxv;
    if (!place.type || !exec_is_finished(state, mm)) return;
    const uint32_t words = place.type->resolved().size / 4;
    const auto stack = auxv_on_stack(state, mm);
    bool ended = false;
    for (uint32_t i = 0; i + 1 < words; i += 2) {
        const uint32_t id = mm.u32({place.offset + 4 * i, 4}), value = mm.u32({place.offset + 4 * i + 4, 4});
        if (ended && (id != 0 || value != 0))
            return sink.require(false, &mm, nullptr, fmt::format("saved_auxv[{}], behind the end", i),
                                id | value, "0");
        if (stack && !ended) compare_with_stack(state, mm, *stack + 4 * i, {id, value}, sink);
        ended |= id == 0;
    }
    sink.require(ended, &mm, nullptr, "saved_auxv", words, "a pair with id 0 at the end");
}

bool search_hints_live(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.free_area_cache);
}
bool task_size_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.task_size);
}
/// A bit of its own can only be 0 or 1.
bool dumpable_flags_live(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.flags);
}

void audit_task_size(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!exec_is_finished(state, mm)) return;
    const uint32_t size = mm.u32(state.layouts.mm.task_size);
    sink.require(size == kPageOffset, &mm, nullptr, "task_size", size, "0xc0000000");
}

}  // namespace mmscope
