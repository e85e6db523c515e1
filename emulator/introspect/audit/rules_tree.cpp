// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about the red-black tree beside the list, and the cache of the last look-up: INV-03, 05, 06.
#include <algorithm>
#include <optional>
#include <vector>

#include "introspect/audit/rules.h"

namespace mmscope {

namespace {

/// Walks below a node, bounded by depth and count.
class TreeWalk {
  public:
    TreeWalk(const AuditState& state, const AuditMm& mm, AuditSink& sink)
        : state_(state), mm_(mm), sink_(sink) {}

    /// Black nodes on each path below `node`; none if they differ or the tree is broken.
    std::optional<int> below(LinearAddr node, LinearAddr parent, bool parent_red, uint32_t depth) {
        if (node.value == 0) return 0;
        const AuditLayouts::Vma& layout = state_.layouts.vma;
        Record vma;
        if (depth > kMaxTreeDepth || ++visited_ > kMaxVmas ||
            !state_.read(layout.layout, node - layout.vm_rb, vma))
            return wrong(node, "a node of mm_rb",
                         depth > kMaxTreeDepth ? "deeper than any balanced tree" : "not mapped");
        const bool packed = static_cast<bool>(layout.rb_parent_color);  // colour and parent in one word
        const uint32_t word = vma.u32(packed ? layout.rb_parent_color : layout.rb_parent);
        const bool red = ((packed ? word : vma.u32(layout.rb_color)) & 1) == 0;
        const LinearAddr found(packed ? word & ~3u : word);
        if (found != parent) {
            sink_.wrong(&mm_, vma.at(), packed ? "the parent in rb_parent_color" : "rb_parent",
                        fmt::format("0x{:08x}", found.value), fmt::format("0x{:08x}", parent.value));
        }
        if (red && (parent_red || parent.value == 0))
            sink_.wrong(&mm_, vma.at(), "colour of a node", "red",
                        parent_red ? "black below a red node" : "a black root");
        const auto left = below(vma.pointer(layout.rb_left), node, red, depth + 1);
        order(vma);
        const auto right = below(vma.pointer(layout.rb_right), node, red, depth + 1);
        if (!left || !right) return std::nullopt;
        if (*left != *right)
            return wrong(vma.at(), "black nodes to the left of an area",
                         fmt::format("{}, {} to the right", *left, *right));
        return *left + (red ? 0 : 1);
    }

  private:
    void order(const Record& vma) {
        const LinearAddr start = vma.pointer(state_.layouts.vma.vm_start);
        if (start < lowest_)
            sink_.wrong(&mm_, vma.at(), "vm_start in the order of the tree",
                        fmt::format("0x{:08x}", start.value),
                        fmt::format("at least 0x{:08x}", lowest_.value));
        lowest_ = start + 1;
    }
    std::optional<int> wrong(LinearAddr at, std::string what, std::string found) {
        sink_.wrong(&mm_, at, std::move(what), std::move(found), "a red-black tree");
        return std::nullopt;
    }

    const AuditState& state_;
    const AuditMm& mm_;
    AuditSink& sink_;
    LinearAddr lowest_;
    uint32_t visited_ = 0;
};

}  // namespace

void audit_tree_is_list(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    if (!mm.list_problem.empty()) return;
    size_t index = 0;
    bool same = true;
    Problems problems;
    for_each_vma_in_tree(
        state.kernel, mm.pointer(state.layouts.mm.rb_node), WalkPath("mm"),
        [&](const Record& vma) {
            same = index < mm.vmas.size() && mm.vmas[index].at == vma.at();
            if (!same)
                sink.wrong(&mm, vma.at(), fmt::format("area {} of the tree", index),
                           fmt::format("0x{:08x}", vma.at().value),
                           index < mm.vmas.size()
                               ? fmt::format("0x{:08x}, as in the list", mm.vmas[index].at.value)
                               : std::string("none, as in the list"));
            ++index;
            return same;
        },
        problems);
    if (!problems.empty())
        return sink.wrong(&mm, {}, "the tree in mm_rb", problems.front(), "the areas of the list");
    if (same) sink.equal(&mm, "number of areas in mm_rb", index, mm.vmas.size());
}

bool red_black_lives(const AuditState& state) {
    return static_cast<bool>(state.layouts.mm.rb_node);
}

void audit_red_black(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    TreeWalk(state, mm, sink).below(mm.pointer(state.layouts.mm.rb_node), {}, false, 0);
}

void audit_cache(const AuditState& state, const AuditMm& mm, AuditSink& sink) {
    const LinearAddr cache = mm.pointer(state.layouts.mm.mmap_cache);
    if (cache.value == 0 || !mm.list_problem.empty()) return;
    const bool listed = std::ranges::find(mm.vmas, cache, &AuditVma::at) != mm.vmas.end();
    sink.require(listed, &mm, nullptr, "mmap_cache", cache.value, "NULL or an area of the list");
}

}  // namespace mmscope
