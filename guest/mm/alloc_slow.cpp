// SPDX-License-Identifier: GPL-2.0-or-later
// What alloc_pages does when little memory is free: who may use the reserve, who reclaims, who waits.
#include "arch/traps.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/swap.h"
#include "mm/writeback.h"

namespace {

/// Those who make memory free, and those who die and so give theirs back, may take the last frame. Interrupts
/// are on nobody's account.
bool may_use_all() {
    return !in_interrupt() && (current->flags & (PF_MEMALLOC | PF_MEMDIE));
}

/// Order 0 is worth ending a process for. Larger blocks may be missing though much memory is free.
bool worth_a_life(gfp_t gfp, unsigned order) {
    return order == 0 && (gfp & __GFP_FS) && !(gfp & __GFP_NORETRY);
}

constexpr unsigned kPatience = 10;  // ticks without any progress before a process is ended

void check_may_sleep() {
    if (!in_atomic()) return;
    panic("alloc_pages: %s (pid %d) may not sleep, preempt_count %x", current->comm, current->pid,
          current->preempt_count);
}

}  // namespace

page* alloc_pages_slow(gfp_t gfp, unsigned order) {
    wakeup_kswapd();
    const ulong reserve = contig_zone.pages_min;
    if (page* first = take_free_pages(order, gfp & __GFP_HIGH ? reserve / 2 : reserve)) return first;
    if (may_use_all()) return take_free_pages(order, 0);
    if (!(gfp & __GFP_WAIT) || reserve == 0) return nullptr;
    check_may_sleep();
    unsigned in_vain = 0;
    for (unsigned attempt = 0;; attempt++) {
        const ulong freed = try_to_free_pages(gfp, order);
        if (page* first = take_free_pages(order, reserve)) return first;
        if (may_use_all()) return take_free_pages(order, 0);
        if (freed) in_vain = 0;
        if (freed && (order == 0 || attempt < 4)) continue;
        if (order == 0 && nr_dirty_pages() + nr_writeback_pages() > 0 && in_vain++ < kPatience) {
            wakeup_kswapd();
            schedule_timeout_uninterruptible(1);  // dirty pages of files are kswapd's to write
            continue;
        }
        if (!worth_a_life(gfp, order) || !out_of_memory(gfp, order)) return nullptr;
        schedule_timeout_uninterruptible(1);  // the victim needs the processor
    }
}
