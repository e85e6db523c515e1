// SPDX-License-Identifier: GPL-2.0-or-later
// How many spaces, areas and page tables there are at a moment, and how deep the trees of areas are; and the
// most of each over many moments.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "introspect/inspector.h"
#include "introspect/layout.h"

namespace mmscope {

struct SpaceCounts {
    uint64_t spaces = 0, areas = 0, page_tables = 0;
    uint64_t bytes = 0;               // of the descriptors: mm_struct and vm_area_struct
    uint64_t areas_of_one = 0;        // in the space with the most
    uint64_t depth = 0, longest = 0;  // of the deepest tree; of the longest list that has no tree
};

class SpaceCensus {
  public:
    /// Error: the kernel has no mm_struct or vm_area_struct with the members that are counted.
    static Result<SpaceCensus> create(const Inspector& inspector);

    /// Counts what is there now; spaces that somebody is changing are left for another time.
    void count();
    [[nodiscard]] const SpaceCounts& most() const { return most_; }
    [[nodiscard]] uint32_t mm_size() const { return mm_.type().size; }
    [[nodiscard]] uint32_t vma_size() const { return vma_.type().size; }

  private:
    explicit SpaceCensus(const Inspector& inspector) : inspector_(&inspector) {}
    void count_space(const KernelMemory& kernel, const Record& mm, SpaceCounts& now) const;
    /// Nodes on the longest way down from `node`, which is `level` below the root.
    [[nodiscard]] uint64_t depth_below(const KernelMemory& kernel, LinearAddr node, uint32_t level,
                                       uint32_t& budget) const;

    const Inspector* inspector_;
    StructLayout mm_, vma_;
    Field root_, sem_count_, map_count_, nr_ptes_, left_, right_;
    uint32_t node_ = 0;  // where a node stands in its area
    SpaceCounts most_;
};

}  // namespace mmscope
