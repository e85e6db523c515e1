// SPDX-License-Identifier: GPL-2.0-or-later
// Taking a part of a file away from everybody who maps it, before the part is cut off.
#include "mm/rmap_walk.h"

namespace {

/// The last page of [first, ...) of `bytes` bytes; 0 bytes: to the end of the largest file.
pgoff_t last_page(pgoff_t first, loff_t bytes) {
    const auto pages = static_cast<u64>(bytes + static_cast<loff_t>(PAGE_SIZE) - 1) >> PAGE_SHIFT;
    const u64 last = first + pages - 1;
    return pages == 0 || last > ~0ul ? ~0ul : static_cast<pgoff_t>(last);
}

void unmap_linear(vm_area_struct* vma, const zap_details* details) {
    const pgoff_t area_last = vma->vm_pgoff + vma_pages(vma) - 1;
    const pgoff_t from = max(details->first_index, vma->vm_pgoff), to = min(details->last_index, area_last);
    const ulong start = vma_address(vma, from);
    zap_page_range_details(vma, start, start + ((to - from + 1) << PAGE_SHIFT), details);
    file_areas::was_cut(vma);
}

}  // namespace

void unmap_mapping_range(address_space* mapping, loff_t holebegin, loff_t holelen, int even_cows) {
    const auto first = static_cast<pgoff_t>(static_cast<u64>(holebegin) >> PAGE_SHIFT);
    const zap_details details{.check_mapping = even_cows ? nullptr : mapping,
                              .first_index = first,
                              .last_index = last_page(first, holelen)};
    spin_guard guard(&mapping->i_mmap_lock);
    mapping->truncate_count++;
    vm_area_struct* vma;
    prio_tree_iter iter = prio_tree_range(&mapping->i_mmap, details.first_index, details.last_index);
    vma_prio_tree_foreach(vma, &iter) {
        unmap_linear(vma, &details);
    }
    list_for_each_entry(vma, &mapping->i_mmap_nonlinear, shared.vm_set.list) {
        zap_page_range_details(vma, vma->vm_start, vma->vm_end, &details);
        file_areas::was_cut(vma);
    }
}
