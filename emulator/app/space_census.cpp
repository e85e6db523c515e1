// SPDX-License-Identifier: GPL-2.0-or-later
// Counts by tasks: a space that only a kernel thread borrows is on its way out.
#include "app/space_census.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>

#include "introspect/walkers.h"

namespace mmscope {

namespace {

/// The first of several names that exists; editions differ.
Field any(StructLayout& layout, std::initializer_list<std::string_view> paths) {
    for (const std::string_view path : paths)
        if (const Field field = layout.find(path)) return field;
    return {};
}

void keep_most(uint64_t& most, uint64_t now) {
    most = std::max(most, now);
}

}  // namespace

Result<SpaceCensus> SpaceCensus::create(const Inspector& inspector) {
    const TypeTable& types = inspector.kernel().image().types();
    const auto mm = types.get_tag("mm_struct"), vma = types.get_tag("vm_area_struct");
    if (!mm) return std::unexpected(mm.error());
    if (!vma) return std::unexpected(vma.error());
    SpaceCensus census(inspector);
    census.mm_ = StructLayout(**mm);
    census.vma_ = StructLayout(**vma);
    census.root_ = any(census.mm_, {"mm_rb.rb_node", "mmap_avl"});
    census.sem_count_ = any(census.mm_, {"mmap_sem.count"});
    census.map_count_ = any(census.mm_, {"map_count"});
    census.nr_ptes_ = any(census.mm_, {"nr_ptes"});
    census.left_ = any(census.vma_, {"vm_rb.rb_left", "vm_avl_left"});
    census.right_ = any(census.vma_, {"vm_rb.rb_right", "vm_avl_right"});
    if (const auto place = census.vma_.require_place("vm_rb")) census.node_ = place->offset;
    if (!census.map_count_ || !census.root_ || !census.left_ || !census.right_)
        return fail("the kernel's mm_struct has no tree of areas that is known here");
    return census;
}

void SpaceCensus::count() {
    const auto kernel = inspector_->memory();
    if (!kernel) return;  // paging is not on yet
    const Field& mm_of_task = inspector_->kernel().layouts().task.mm;
    std::set<LinearAddr> seen;
    SpaceCounts now;
    Problems problems;
    const auto visit = [&](const Record& task) {
        const LinearAddr at = task.pointer(mm_of_task);
        Record mm;
        if (at.value < kPageOffset || !seen.insert(at).second || mm_.read(kernel->memory, at, mm))
            return true;
        count_space(*kernel, mm, now);
        return true;
    };
    if (!for_each_process(*kernel, visit, problems)) return;
    now.bytes = now.spaces * mm_size() + now.areas * vma_size();
    keep_most(most_.spaces, now.spaces);
    keep_most(most_.areas, now.areas);
    keep_most(most_.page_tables, now.page_tables);
    keep_most(most_.bytes, now.bytes);
    keep_most(most_.areas_of_one, now.areas_of_one);
    keep_most(most_.depth, now.depth);
    keep_most(most_.longest, now.longest);
}

void SpaceCensus::count_space(const KernelMemory& kernel, const Record& mm, SpaceCounts& now) const {
    const int32_t areas = mm.i32(map_count_);
    if (areas < 0 || mm.i32(sem_count_) < 0) return;  // held for writing
    ++now.spaces;
    now.areas += static_cast<uint32_t>(areas);
    now.page_tables += mm.u32(nr_ptes_);
    keep_most(now.areas_of_one, static_cast<uint32_t>(areas));
    const LinearAddr root = mm.pointer(root_);
    uint32_t budget = kMaxVmas;
    if (root.value == 0) return keep_most(now.longest, static_cast<uint32_t>(areas));
    keep_most(now.depth, depth_below(kernel, root, 0, budget));
}

uint64_t SpaceCensus::depth_below(const KernelMemory& kernel, LinearAddr node, uint32_t level,
                                  uint32_t& budget) const {
    Record vma;
    if (node.value < kPageOffset || level >= kMaxTreeDepth || budget == 0) return 0;
    --budget;
    if (vma_.read(kernel.memory, node - node_, vma)) return 0;
    return 1 + std::max(depth_below(kernel, vma.pointer(left_), level + 1, budget),
                        depth_below(kernel, vma.pointer(right_), level + 1, budget));
}

}  // namespace mmscope
