// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about the way back from frames to areas: INV-31 (anonymous), INV-32 (files).
#include <algorithm>
#include <map>
#include <set>

#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

constexpr uint32_t kMaxMembers = 1u << 17, kMaxHeight = 64;

/// The nodes on an anon_vma's list; false if it is broken.
bool list_members(const AuditState& state, LinearAddr anon_vma, std::set<LinearAddr>& nodes) {
    const AuditLayouts::AnonVma& layout = state.layouts.anon_vma;
    Record record;
    if (!state.read(layout.layout, anon_vma, record)) return false;
    LinearAddr node = record.pointer(layout.head_next);
    for (const LinearAddr head = anon_vma + layout.head; node != head;) {
        if (nodes.size() > kMaxMembers || node.value < kPageOffset || !nodes.insert(node).second)
            return false;
        const auto next = state.kernel.memory.read_u32(node);
        if (!next) return false;
        node = LinearAddr(*next);
    }
    return true;
}

void check_members(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    std::map<LinearAddr, std::set<LinearAddr>> lists;
    for (const AuditVma& vma : mm.vmas) {
        if (vma.anon_vma.value == 0) continue;
        const auto [list, fresh] = lists.try_emplace(vma.anon_vma);
        if (fresh && !list_members(state, vma.anon_vma, list->second))
            sink.wrong(&mm, vma.at, "the list of anon_vma",
                       fmt::format("0x{:08x}, broken", vma.anon_vma.value), "a circle through its head");
        const LinearAddr node = vma.at + state.layouts.vma.anon_node;
        sink.require(list->second.contains(node), &mm, &vma, "anon_vma", vma.anon_vma.value,
                     "one whose list holds this area");
        const LinearAddr before = vma.record.pointer(state.layouts.vma.anon_node_prev);
        const auto back = before.value >= kPageOffset ? state.kernel.memory.read_u32(before) : std::nullopt;
        sink.require(back == node.value, &mm, &vma, "anon_vma_node.prev", before.value,
                     "a list_head whose next is this area's");
    }
}

/// An area's interval in its file: [pgoff, last].
struct Interval {
    uint64_t first, last;
};
Interval interval_of(const AuditState& state, const Record& vma) {
    const uint32_t pages =
        (vma.u32(state.layouts.vma.vm_end) - vma.u32(state.layouts.vma.vm_start)) >> kPageShift;
    const uint64_t first = vma.u32(state.layouts.vma.vm_pgoff);
    return {first, first + pages - 1};
}

/// From a node of the tree up to its root: each parent's last page is not below its child's.
void climb(const AuditState& state, const AuditMm& mm, const AuditVma& vma, LinearAddr root,
           AuditSink& sink) {
    const AuditLayouts::Vma& layout = state.layouts.vma;
    Record child = vma.record;
    for (uint32_t height = 0; height < kMaxHeight; ++height) {
        const LinearAddr node = child.at() + layout.prio_node, parent = child.pointer(layout.prio_parent);
        if (parent == node) {
            return sink.require(node == root, &mm, &vma, "the root above this area", node.value,
                                fmt::format("i_mmap's 0x{:08x}", root.value));
        }
        Record above;
        if (!state.read(layout.layout, parent - layout.prio_node, above))
            return sink.require(false, &mm, &vma, "prio_tree_node.parent", parent.value,
                                "a node of the tree");
        const bool linked =
            above.pointer(layout.prio_left) == node || above.pointer(layout.prio_right) == node;
        sink.require(linked, &mm, &vma, "left and right of the parent", above.u32(layout.prio_left),
                     "one of them is this node");
        const Interval upper = interval_of(state, above), lower = interval_of(state, child);
        if (upper.last < lower.last)
            sink.wrong(&mm, vma.at, "heap index of the parent", fmt::format("{}", upper.last),
                       fmt::format("at least {}", lower.last));
        child = above;
    }
    sink.require(false, &mm, &vma, "prio_tree_node.parent", vma.record.u32(layout.prio_parent),
                 "a way to the root");
}

}  // namespace

bool anon_vma_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.anon_vma.head_next);
}

void audit_anon_vma(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (state.atomic || !mm.list_problem.empty()) return;
    check_members(state, mm, sink);
    for (const AuditPte pte : mm.entries) {
        const AuditVma* vma = vma_of(mm, pte.address);
        const AuditPage* page = vma ? state.normal_page(pte, vma->flags) : nullptr;
        if (!page || !page->anonymous()) continue;
        const uint32_t index = vma->pgoff + ((pte.address - vma->start) >> kPageShift);
        sink.require(vma->anon_vma.value != 0 && page->mapping.value == (vma->anon_vma.value | 1), &mm, vma,
                     fmt::format("mapping of the anonymous frame at 0x{:08x}", pte.address.value),
                     page->mapping.value,
                     fmt::format("0x{:08x}, the area's anon_vma and 1", vma->anon_vma.value | 1));
        sink.require(page->index == index, &mm, vma,
                     fmt::format("index of the anonymous frame at 0x{:08x}", pte.address.value), page->index,
                     fmt::format("0x{:08x}", index));
    }
}

bool prio_tree_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.mapping.prio_root) &&
           static_cast<bool>(state.layouts.vma.prio_parent);
}

void audit_prio_tree(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (state.atomic) return;
    const AuditLayouts& layouts = state.layouts;
    Record file, mapping;
    for (const AuditVma& vma : mm.vmas) {
        if (vma.file.value == 0 || (vma.flags & kVmNonlinear) != 0) continue;
        const bool readable =
            state.read(layouts.file.layout, vma.file, file) &&
            state.read(layouts.mapping.layout, file.pointer(layouts.file.f_mapping), mapping);
        sink.require(readable, &mm, &vma, "vm_file", vma.file.value, "a file with a mapping");
        if (!readable || mapping.pointer(layouts.mapping.host).value == 0) continue;
        const LinearAddr root = mapping.pointer(layouts.mapping.prio_root);
        if (vma.record.pointer(layouts.vma.set_parent).value != 0) {
            climb(state, mm, vma, root, sink);
            continue;
        }
        // Beside the tree: the head of its set points back, or it is an ordinary member of a list.
        const LinearAddr head = vma.record.pointer(layouts.vma.set_head);
        if (head.value == 0) continue;
        Record other;
        const bool back =
            state.read(layouts.vma.layout, head, other) && other.pointer(layouts.vma.set_head) == vma.at;
        sink.require(back, &mm, &vma, "vm_set.head", head.value,
                     "a node of the tree whose head is this area");
    }
}

}  // namespace mmscope
