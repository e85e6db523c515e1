// SPDX-License-Identifier: GPL-2.0-or-later
// The reverse map: from a frame's owner (a file or an anon_vma) to the areas that may map it. MM_FACTS 4.22.
#pragma once

#include <cstdint>
#include <string_view>

#include "introspect/walkers.h"

namespace mmscope {

/// What of vm_area_struct.shared is valid. The union itself does not say: vm_file, VM_NONLINEAR and the words
/// that both halves have in one place (parent and head) do.
enum class SharedKind : uint8_t {
    None,            // no file: the union means nothing
    TreeNode,        // prio_tree_node, alone with its interval
    NodeWithOthers,  // prio_tree_node, and head: the first of the areas with the same interval
    FirstOther,      // vm_set: list, and head: the tree node
    Other,           // vm_set: list
    Nonlinear        // vm_set.list in the file's i_mmap_nonlinear
};
std::string_view to_string(SharedKind kind);

/// The valid half, pointers to areas instead of to what is embedded in them; 0: none.
struct SharedModel {
    SharedKind kind = SharedKind::None;
    LinearAddr left, right, parent;   // of tree nodes: children that exist, the parent unless it is the root
    LinearAddr list_next, list_prev;  // of the others: the list's next and previous word, as they stand
    LinearAddr head;                  // of NodeWithOthers and FirstOther
};

/// Pages of a file, both ends included: what an area shows, and what the tree is ordered by.
struct PageInterval {
    uint32_t first = 0, last = 0;
    bool operator==(const PageInterval&) const = default;
    [[nodiscard]] bool overlaps(const PageInterval& other) const {
        return first <= other.last && other.first <= last;
    }
};

/// Reads areas by the kernel's reverse map. Of a kernel without one (2.4) nothing is known: kinds are None
/// and walks find nothing.
class ReverseMap {
  public:
    explicit ReverseMap(const KernelMemory& kernel);

    [[nodiscard]] bool exists() const { return static_cast<bool>(parent_) && static_cast<bool>(root_node_); }
    /// `vma` is read with layout().
    [[nodiscard]] SharedModel decode_shared(const Record& vma) const;
    [[nodiscard]] PageInterval interval(const Record& vma) const;
    [[nodiscard]] LinearAddr anon_vma(const Record& vma) const { return vma.pointer(anon_vma_); }
    /// The area whose structure stands at `at`. False: not mapped.
    bool read(LinearAddr at, Record& vma) const;

    /// The areas on the list of the anon_vma at `anon`, in list order.
    void for_each_vma_of_anon(LinearAddr anon, const RecordVisitor& visit, Problems& problems) const;
    /// The areas that show a page of `pages` of the file whose address_space stands at `mapping`: from the
    /// tree, a node before what hangs off it and that before what is below it; then the nonlinear ones, which
    /// may show any page.
    void for_each_vma_of_file(LinearAddr mapping, PageInterval pages, const RecordVisitor& visit,
                              Problems& problems) const;

  private:
    [[nodiscard]] LinearAddr vma_of_node(LinearAddr node) const { return node - node_offset_; }
    [[nodiscard]] LinearAddr vma_of_set(LinearAddr entry) const { return entry - set_offset_; }
    bool walk_others(const Record& node, const RecordVisitor& visit, Problems& problems) const;
    bool walk_ring(LinearAddr head, uint32_t offset, const Field& next, std::string_view where,
                   const RecordVisitor& visit, Problems& problems) const;

    const KernelMemory& kernel_;
    StructLayout vma_, mapping_;
    Field vm_start_, vm_end_, vm_flags_, vm_pgoff_, vm_file_, anon_vma_;
    Field left_, right_, parent_, list_next_, list_prev_, head_, anon_next_;
    Field root_node_;
    uint32_t node_offset_ = 0, set_offset_ = 0, anon_offset_ = 0, anon_head_ = 0, nonlinear_ = 0;
};

}  // namespace mmscope
