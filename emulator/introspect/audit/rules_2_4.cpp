// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about what only the 2.4 editions have: INV-04 (AVL tree), 27 (swap_address), 30 (lists of a file's
// areas) and the table of INV-38 as they keep it.
#include <algorithm>
#include <optional>

#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

constexpr uint32_t kTaskSize = 0xC0000000, kMinForTree = 32, kHighestTree = 41;

/// Walks below a node in order, bounded by depth and count.
class AvlWalk {
  public:
    AvlWalk(const AuditState& state, const AuditMm& mm, AuditSink& sink)
        : state_(state), mm_(mm), sink_(sink) {}

    /// The height; -1: the tree is broken.
    int below(LinearAddr at, uint32_t depth) {
        if (at.value == 0) return 0;
        const AuditLayouts::Vma& layout = state_.layouts.vma;
        Record vma;
        if (depth > kHighestTree || visited_ > kMaxVmas || !state_.read(layout.layout, at, vma)) {
            sink_.wrong(&mm_, at, "a node of mmap_avl", depth > kHighestTree ? "too deep" : "not mapped",
                        "an AVL tree");
            return -1;
        }
        const int left = below(vma.pointer(layout.avl_left), depth + 1);
        if (left < 0) return -1;
        compare(at);
        const int right = below(vma.pointer(layout.avl_right), depth + 1);
        if (right < 0) return -1;
        const int height = 1 + std::max(left, right);
        if (left > right + 1 || right > left + 1)
            sink_.wrong(&mm_, at, "heights below a node", fmt::format("{} and {}", left, right),
                        "a difference of 1 at most");
        const auto told = static_cast<int16_t>(vma.u32(layout.avl_height));
        if (told != height)
            sink_.wrong(&mm_, at, "vm_avl_height", fmt::format("{}", told), fmt::format("{}", height));
        return height;
    }
    [[nodiscard]] size_t visited() const { return visited_; }

  private:
    void compare(LinearAddr at) {
        const LinearAddr listed = visited_ < mm_.vmas.size() ? mm_.vmas[visited_].at : LinearAddr{};
        if (listed != at)
            sink_.wrong(&mm_, at, fmt::format("area {} of the tree", visited_),
                        fmt::format("0x{:08x}", at.value),
                        fmt::format("0x{:08x}, as in the list", listed.value));
        ++visited_;
    }

    const AuditState& state_;
    const AuditMm& mm_;
    AuditSink& sink_;
    size_t visited_ = 0;
};

}  // namespace

bool avl_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.mmap_avl);
}

/// The tree is built at 32 areas and kept until the last one goes.
void audit_avl(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!mm.list_problem.empty()) return;
    const LinearAddr root = mm.pointer(state.layouts.mm.mmap_avl);
    if (root.value == 0) {
        sink.require(mm.vmas.size() < kMinForTree, &mm, nullptr, "map_count without a tree",
                     static_cast<uint32_t>(mm.vmas.size()), "below 32");
        return;
    }
    AvlWalk walk(state, mm, sink);
    if (walk.below(root, 0) >= 0)
        sink.equal(&mm, "number of areas in mmap_avl", walk.visited(), mm.vmas.size());
}

bool swap_address_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.swap_address);
}

void audit_swap_address(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const uint32_t address = mm.u32(state.layouts.mm.swap_address);
    sink.require(address % kPageSize == 0 && address <= kTaskSize, &mm, nullptr, "swap_address", address,
                 "a page's address, at most 0xc0000000");
}

bool share_lists_live(const AuditState& state) {
    return static_cast<bool>(state.layouts.vma.pprev_share);
}

/// Each area of a file is pointed to by the list that its flags say, and points on to who points back.
void audit_share_lists(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (state.atomic) return;
    const AuditLayouts::Vma& layout = state.layouts.vma;
    for (const AuditVma& vma : mm.vmas) {
        if (vma.file.value == 0) continue;
        const LinearAddr from = vma.record.pointer(layout.pprev_share);
        const auto pointed = from.value >= kPageOffset ? state.kernel.memory.read_u32(from) : std::nullopt;
        sink.require(pointed == vma.at.value, &mm, &vma, "*vm_pprev_share", pointed.value_or(0), "the area");
        const LinearAddr next = vma.record.pointer(layout.next_share);
        Record record;
        if (next.value == 0 || !state.read(layout.layout, next, record)) continue;
        const LinearAddr back = record.pointer(layout.pprev_share);
        sink.require(back == vma.at + layout.next_share.offset, &mm, &vma, "vm_pprev_share of the next area",
                     back.value, "vm_next_share of this one");
    }
}

bool segments_live(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.segments);
}

void audit_segments(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const uint32_t table = mm.u32(state.layouts.mm.segments);
    sink.require(table == 0 || (table >= kPageOffset && table % kPageSize == 0), &mm, nullptr,
                 "context.segments", table, "NULL or a table of the kernel");
    sink.require(table == 0 || mm.phase != MmPhase::Dead, &mm, nullptr, "context.segments of a dead space",
                 table, "NULL");
}

bool nr_ptes_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.nr_ptes);
}
bool vm_stats_live(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.shared_vm);
}

}  // namespace mmscope
