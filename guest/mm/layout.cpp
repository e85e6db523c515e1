// SPDX-License-Identifier: GPL-2.0-or-later
// Where mappings go: the two layouts of an address space (4.8). The functions that search are the edition's
// (area_search).
#include "kernel/personality.h"
#include "kernel/sched.h"
#include "mm/internal.h"

namespace {

constexpr ulong MIN_GAP = 128ul << 20;        // kept free for the stack, at least
constexpr ulong MAX_GAP = TASK_SIZE / 6 * 5;  // and at most

bool mmap_is_legacy() {
    return (current->personality & ADDR_COMPAT_LAYOUT) || rlimit(RLIMIT_STACK) == RLIM_INFINITY;
}

ulong mmap_base() {
    const ulong gap = min(max(rlimit(RLIMIT_STACK), MIN_GAP), MAX_GAP);
    return PAGE_ALIGN(TASK_SIZE - gap);
}

}  // namespace

void arch_pick_mmap_layout(mm_struct* mm) {
    if (mmap_is_legacy()) {
        mm->mmap_base = TASK_UNMAPPED_BASE;
        mm->get_unmapped_area = arch_get_unmapped_area;
        mm->unmap_area = arch_unmap_area;
    } else {
        mm->mmap_base = mmap_base();
        mm->get_unmapped_area = arch_get_unmapped_area_topdown;
        mm->unmap_area = arch_unmap_area_topdown;
    }
}
