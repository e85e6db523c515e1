// SPDX-License-Identifier: GPL-2.0-or-later
// Walks from files and anon_vmas to areas. See reverse_map.h.
#include "introspect/reverse_map.h"

#include <fmt/format.h>

#include <unordered_set>
#include <vector>

#include "introspect/vm_flags.h"

namespace mmscope {

namespace {

uint32_t offset_of(const StructLayout& layout, std::string_view member) {
    StructLayout copy = layout;
    const auto place = copy.require_place(member);
    return place ? place->offset : 0;
}

}  // namespace

std::string_view to_string(SharedKind kind) {
    switch (kind) {
        case SharedKind::None:
            return "none";
        case SharedKind::TreeNode:
            return "tree node";
        case SharedKind::NodeWithOthers:
            return "tree node with others";
        case SharedKind::FirstOther:
            return "first of the others";
        case SharedKind::Other:
            return "other";
        case SharedKind::Nonlinear:
            return "nonlinear";
    }
    return "?";
}

ReverseMap::ReverseMap(const KernelMemory& kernel) : kernel_(kernel) {
    const TypeTable& types = kernel.kernel->image().types();
    const Type *vma = types.find_tag("vm_area_struct"), *mapping = types.find_tag("address_space");
    const Type* anon = types.find_tag("anon_vma");
    if (!vma || !mapping || !anon) return;
    vma_ = StructLayout(*vma);
    vm_start_ = vma_.find("vm_start");
    vm_end_ = vma_.find("vm_end");
    vm_flags_ = vma_.find("vm_flags");
    vm_pgoff_ = vma_.find("vm_pgoff");
    vm_file_ = vma_.find("vm_file");
    anon_vma_ = vma_.find("anon_vma");
    anon_next_ = vma_.find("anon_vma_node.next");
    left_ = vma_.find("shared.prio_tree_node.left");
    right_ = vma_.find("shared.prio_tree_node.right");
    parent_ = vma_.find("shared.prio_tree_node.parent");
    list_next_ = vma_.find("shared.vm_set.list.next");
    list_prev_ = vma_.find("shared.vm_set.list.prev");
    head_ = vma_.find("shared.vm_set.head");
    node_offset_ = offset_of(vma_, "shared.prio_tree_node");
    set_offset_ = offset_of(vma_, "shared.vm_set.list");
    anon_offset_ = offset_of(vma_, "anon_vma_node");
    anon_head_ = offset_of(StructLayout(*anon), "head");
    mapping_ = StructLayout(*mapping);
    root_node_ = mapping_.find("i_mmap.prio_tree_node");
    nonlinear_ = offset_of(mapping_, "i_mmap_nonlinear");
}

bool ReverseMap::read(LinearAddr at, Record& vma) const {
    return at.value >= kPageOffset && !vma_.read(kernel_.memory, at, vma);
}

PageInterval ReverseMap::interval(const Record& vma) const {
    const uint32_t pages = (vma.u32(vm_end_) - vma.u32(vm_start_)) >> kPageShift;
    return {vma.u32(vm_pgoff_), vma.u32(vm_pgoff_) + pages - 1};
}

SharedModel ReverseMap::decode_shared(const Record& vma) const {
    SharedModel model;
    if (!exists() || vma.pointer(vm_file_).value == 0) return model;
    const LinearAddr parent = vma.pointer(parent_), head = vma.pointer(head_);
    const bool nonlinear = vma.u32(vm_flags_) & kVmNonlinear;
    if (nonlinear || parent.value == 0) {
        model.kind = nonlinear         ? SharedKind::Nonlinear
                     : head.value != 0 ? SharedKind::FirstOther
                                       : SharedKind::Other;
        model.list_next = vma.pointer(list_next_);
        model.list_prev = vma.pointer(list_prev_);
    } else {
        model.kind = head.value != 0 ? SharedKind::NodeWithOthers : SharedKind::TreeNode;
        const LinearAddr self = vma.at() + node_offset_;
        const auto area = [&](LinearAddr node) { return node == self ? LinearAddr{} : vma_of_node(node); };
        model.left = area(vma.pointer(left_));
        model.right = area(vma.pointer(right_));
        model.parent = area(parent);
    }
    if (!nonlinear) model.head = head;
    return model;
}

/// The areas on a circular list, by a list_head at `offset` of each; `head` is no area's. False: the visitor
/// has seen enough.
bool ReverseMap::walk_ring(LinearAddr head, uint32_t offset, const Field& next, std::string_view where,
                           const RecordVisitor& visit, Problems& problems) const {
    std::unordered_set<uint32_t> seen;  // asked, never walked
    const auto damage = [&](LinearAddr at, std::string_view what) {
        report(problems, describe_damage(where, at, what, WalkPath(where)));
        return true;
    };
    const auto first = kernel_.memory.read_u32(head);
    if (head.value < kPageOffset || !first) return damage(head, "not mapped");
    LinearAddr entry(*first);
    Record vma;
    while (entry != head) {
        if (seen.size() >= kMaxVmas) return damage(entry, fmt::format("more than {} areas", kMaxVmas));
        if (!seen.insert(entry.value).second)
            return damage(entry, "the list goes in a circle without its head");
        if (!read(entry - offset, vma)) return damage(entry, "not mapped");
        if (!visit(vma)) return false;
        entry = vma.pointer(next);
    }
    return true;
}

void ReverseMap::for_each_vma_of_anon(LinearAddr anon, const RecordVisitor& visit, Problems& problems) const {
    if (!exists()) return;
    walk_ring(anon + anon_head_, anon_offset_, anon_next_, "anon_vma.head", visit, problems);
}

/// What hangs off a tree node: its head, and the ring that goes through head's list. False: seen enough.
bool ReverseMap::walk_others(const Record& node, const RecordVisitor& visit, Problems& problems) const {
    const LinearAddr first = node.pointer(head_);
    Record vma;
    if (first.value == 0) return true;
    if (!read(first, vma)) {
        report(problems,
               describe_damage("vm_area_struct.shared.vm_set.head", first, "not mapped", WalkPath("i_mmap")));
        return true;
    }
    return visit(vma) &&
           walk_ring(first + set_offset_, set_offset_, list_next_, "vm_set.list", visit, problems);
}

void ReverseMap::for_each_vma_of_file(LinearAddr mapping, PageInterval pages, const RecordVisitor& visit,
                                      Problems& problems) const {
    Record file, vma;
    if (!exists() || mapping.value < kPageOffset || mapping_.read(kernel_.memory, mapping, file)) return;
    const auto damage = [&](LinearAddr at, std::string_view what) {
        report(problems, describe_damage("address_space.i_mmap", at, what, WalkPath("i_mmap")));
    };
    uint32_t visited = 0;
    const RecordVisitor bounded = [&](const Record& area) {
        if (++visited > kMaxVmas) damage(mapping, fmt::format("more than {} areas", kMaxVmas));
        return visited <= kMaxVmas && visit(area);
    };
    std::unordered_set<uint32_t> seen;  // asked, never walked
    std::vector<LinearAddr> pending;
    if (const LinearAddr root = file.pointer(root_node_); root.value != 0) pending.push_back(root);
    while (!pending.empty()) {
        const LinearAddr node = pending.back();
        pending.pop_back();
        if (!seen.insert(node.value).second) return damage(node, "the tree goes in a circle");
        if (seen.size() > kMaxVmas) return damage(node, fmt::format("more than {} nodes", kMaxVmas));
        if (!read(vma_of_node(node), vma)) return damage(node, "not mapped");
        if (interval(vma).last < pages.first) continue;  // nothing below ends later
        const LinearAddr left = vma.pointer(left_), right = vma.pointer(right_);
        if (right != node) pending.push_back(right);
        if (left != node) pending.push_back(left);
        if (interval(vma).overlaps(pages) && !(bounded(vma) && walk_others(vma, bounded, problems))) return;
    }
    walk_ring(mapping + nonlinear_, set_offset_, list_next_, "i_mmap_nonlinear", bounded, problems);
}

}  // namespace mmscope
