// SPDX-License-Identifier: GPL-2.0-or-later
// Taking a part of a file away from everybody who maps it, before the part is cut off: the areas of both
// lists.
#include "mm/filemap.h"
#include "mm/internal.h"

namespace {

/// Pages [first, last] of the file.
void unmap_from(vm_area_struct* vma, const zap_details& cut) {
    const pgoff_t area_last = vma->vm_pgoff + vma_pages(vma) - 1;
    if (vma->vm_pgoff > cut.last_index || area_last < cut.first_index) return;
    const pgoff_t from = max(cut.first_index, vma->vm_pgoff), to = min(cut.last_index, area_last);
    const ulong start = vma->vm_start + ((from - vma->vm_pgoff) << PAGE_SHIFT);
    zap_page_range_details(vma, start, start + ((to - from + 1) << PAGE_SHIFT), &cut);
}

void unmap_list(vm_area_struct* first, const zap_details& cut) {
    for (vm_area_struct* vma = first; vma; vma = vma->vm_next_share)
        unmap_from(vma, cut);
}

}  // namespace

void unmap_mapping_range(address_space* mapping, loff_t holebegin, loff_t holelen, int even_cows) {
    const auto first = static_cast<pgoff_t>(static_cast<u64>(holebegin) >> PAGE_SHIFT);
    const auto pages = static_cast<u64>(holelen + static_cast<loff_t>(PAGE_SIZE) - 1) >> PAGE_SHIFT;
    const u64 last = first + pages - 1;
    const zap_details cut{.check_mapping = even_cows ? nullptr : mapping,
                          .first_index = first,
                          .last_index = pages == 0 || last > ~0ul ? ~0ul : static_cast<pgoff_t>(last)};
    spin_guard guard(&mapping->i_shared_lock);
    unmap_list(mapping->i_mmap, cut);
    unmap_list(mapping->i_mmap_shared, cut);
}
