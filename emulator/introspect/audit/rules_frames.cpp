// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about what all spaces together do to frames, swap slots and files: INV-28, 29, 50.
#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <vector>

#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

constexpr uint32_t kMaxSlots = 1u << 24, kMaxAreas = 32;
constexpr uint16_t kBadSlot = 0x8000;
constexpr uint32_t kSwapUsed = 1;
constexpr uint32_t kFileWrite = 2, kTypeMask = 0170000, kRegular = 0100000;

/// Slots in use by entries and by the swap cache: key type << 24 | offset.
std::map<uint32_t, uint32_t> slot_users(const AuditState& state) {
    std::map<uint32_t, uint32_t> users;
    for (const AuditMm& mm : state.mms) {
        for (const AuditPte pte : mm.entries) {
            if (pte.is_swap()) ++users[(pte.value >> 1 & 0x1F) << 24 | pte.value >> 8];
        }
    }
    for (const AuditPage& page : state.pages) {
        // In memory an entry has its type in the top five bits (MM_FACTS 5.6).
        if (state.has_bit(page, state.layouts.page.bit_swapcache))
            ++users[page.private_ >> 27 << 24 | (page.private_ & 0xFFFFFF)];
    }
    return users;
}

/// The counts of one swap area, or none if it is not in use or cannot be read.
std::vector<uint16_t> swap_map(const AuditState& state, uint32_t type) {
    const AuditLayouts::SwapArea& layout = state.layouts.swap;
    Record area;
    if (!state.read(layout.layout, state.layouts.swap_info + type * layout.size, area)) return {};
    const uint32_t max = area.u32(layout.max);
    const LinearAddr map = area.pointer(layout.swap_map);
    if ((area.u32(layout.flags) & kSwapUsed) == 0 || max > kMaxSlots || map.value < kPageOffset) return {};
    std::vector<uint16_t> slots(max);
    if (state.kernel.memory.read(map, std::as_writable_bytes(std::span(slots)))) return {};
    return slots;
}

/// A driver's own page: in no file's cache, nobody's private memory. The driver keeps references, too.
bool is_drivers(const AuditPage& page) {
    return page.mapping.value == 0 && page.cached == 0;
}

/// `pinned`: references that the kernel keeps besides those of entries and caches.
void check_frame(const AuditState& state, uint32_t pfn, uint32_t pinned, AuditSink& sink) {
    const AuditPage& page = state.pages[pfn];
    const auto wrong = [&](const char* what, int64_t found, int64_t expected, const char* relation) {
        sink.wrong(nullptr, {}, fmt::format("{} of frame {}", what, pfn), fmt::format("{}", found),
                   fmt::format("{}{}", relation, expected));
    };
    if (state.has_bit(page, state.layouts.page.bit_slab) ||
        state.has_bit(page, state.layouts.page.bit_buddy)) {
        if (page.mapped != 0 || page.cached != 0)
            wrong("users of a frame of the allocator,", int64_t{page.mapped} + page.cached, 0, "");
        return;
    }
    if (page.mapcount != static_cast<int64_t>(page.mapped))
        wrong("_mapcount + 1", page.mapcount, page.mapped, "");
    const int64_t references = int64_t{page.mapped} + page.cached + pinned;
    if (references == 0) return;  // the kernel's own: counted by who knows
    if (page.count < references) wrong("_count", page.count, references, "at least ");
    if (state.quiet && !is_drivers(page) && page.count > references)
        wrong("_count", page.count, references, "");
}

struct FileUse {
    int32_t writers = 0, denied = 0;
};

LinearAddr host_of(const AuditState& state, LinearAddr file, bool* writes) {
    Record record;
    if (!state.read(state.layouts.file.layout, file, record)) return {};
    *writes = (record.u32(state.layouts.file.f_mode) & kFileWrite) != 0;
    if (!state.read(state.layouts.mapping.layout, record.pointer(state.layouts.file.f_mapping), record))
        return {};
    return record.pointer(state.layouts.mapping.host);
}

std::map<LinearAddr, FileUse> file_uses(const AuditState& state) {
    std::map<LinearAddr, FileUse> uses;
    bool writes = false;
    for (const LinearAddr file : state.files) {
        const LinearAddr host = host_of(state, file, &writes);
        if (host.value != 0) uses[host].writers += writes;
    }
    for (const AuditMm& mm : state.mms) {
        for (const AuditVma& vma : mm.vmas) {
            if (vma.file.value == 0 || (vma.flags & kVmDenyWrite) == 0) continue;
            const LinearAddr host = host_of(state, vma.file, &writes);
            if (host.value != 0) ++uses[host].denied;
        }
    }
    return uses;
}

}  // namespace

bool swap_lives(const AuditState& state) {
    const AuditLayouts& layouts = state.layouts;
    return layouts.swap_info.value != 0 && layouts.swap.swap_map && layouts.swap.count != 0 &&
           layouts.swap.map_width == 2;
}

/// The kernel changes a slot's count and what it counts without giving up the processor in between.
void audit_swap_slots(const AuditState& state, AuditSink& sink) {
    if (!state.all_mms_known) return;
    const auto users = slot_users(state);
    auto next = users.begin();
    for (uint32_t type = 0; type < std::min(state.layouts.swap.count, kMaxAreas); ++type) {
        const auto slots = swap_map(state, type);
        for (uint32_t slot = 0; slot < slots.size(); ++slot) {
            const auto found = users.find(type << 24 | slot);
            const uint32_t used = found == users.end() ? 0 : found->second;
            const bool bad = slots[slot] == kBadSlot;
            const bool holds = bad ? used == 0 : slots[slot] == used;
            if (!holds)
                sink.wrong(nullptr, {}, fmt::format("swap_map[{}] of area {}", slot, type),
                           fmt::format("{}", slots[slot]), fmt::format("{}", used));
        }
        for (; next != users.end() && next->first >> 24 == type; ++next) {
            if ((next->first & 0xFFFFFF) >= slots.size())
                sink.wrong(nullptr, {}, fmt::format("a swap entry of area {}", type),
                           fmt::format("slot {}", next->first & 0xFFFFFF),
                           fmt::format("below {}", slots.size()));
        }
    }
}

void audit_frames(const AuditState& state, AuditSink& sink) {
    if (!state.all_mms_known) return;
    const auto rings = ring_references(state);
    auto ring = rings.begin();
    for (uint32_t pfn = 0; pfn < state.pages.size(); ++pfn) {
        const uint32_t pinned = ring != rings.end() && ring->first == pfn ? (ring++)->second : 0;
        if (!state.has_bit(state.pages[pfn], state.layouts.page.bit_reserved))
            check_frame(state, pfn, pinned, sink);
    }
}

void audit_denywrite(const AuditState& state, AuditSink& sink) {
    if (!state.files_known || !state.layouts.inode.i_writecount || !state.layouts.file.f_mapping) return;
    for (const auto& [host, use] : file_uses(state)) {
        Record inode;
        if (!state.read(state.layouts.inode.layout, host, inode)) {
            sink.wrong(nullptr, {}, "the inode of an open file",
                       fmt::format("0x{:08x}, not mapped", host.value), "an inode");
            continue;
        }
        if ((inode.u32(state.layouts.inode.i_mode) & kTypeMask) != kRegular) continue;
        const int32_t found = inode.i32(state.layouts.inode.i_writecount),
                      expected = use.writers - use.denied;
        if (found != expected)
            sink.wrong(nullptr, {}, fmt::format("i_writecount of inode 0x{:08x}", host.value),
                       fmt::format("{}", found),
                       fmt::format("{}: {} writers, {} areas that deny", expected, use.writers, use.denied));
    }
}

}  // namespace mmscope
