// SPDX-License-Identifier: GPL-2.0-or-later
// The thread that frees memory before somebody has to wait for it.
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/swap.h"

namespace {

wait_queue_head_t kswapd_wait;
bool woken;

ulong int_sqrt(ulong value) {
    ulong root = 0;
    while ((root + 1) * (root + 1) <= value)
        root++;
    return root;
}

/// As in Linux: min is the square root of 16 times the memory, both in KiB.
void set_watermarks() {
    const ulong kib = contig_zone.present_pages << (PAGE_SHIFT - 10);
    const ulong min_pages = max(32ul, int_sqrt(kib * 16) >> (PAGE_SHIFT - 10));
    spin_guard_irq guard(&contig_zone.lock);
    contig_zone.pages_min = min_pages;
    contig_zone.pages_low = min_pages + min_pages / 4;
    contig_zone.pages_high = min_pages + min_pages / 2;
}

/// Frees until pages_high are free, or nothing helps: then those who need memory see to it themselves.
void balance_zone() {
    for (unsigned priority = DEF_PRIORITY + 1; priority-- > 0;) {
        if (nr_free_pages() >= contig_zone.pages_high) return;
        // Where the holder of the token has nearly everything, there is nothing else to take.
        if (shrink_zone(priority, GFP_KERNEL) == 0) swap_token::disable();
        kmem_cache_reap();
    }
}

int kswapd(void*) {
    current->flags |= PF_MEMALLOC | PF_KSWAPD;
    current->blocked = ~sigset_t{0};
    for (;;) {
        // Interruptible, though no signal comes: who waits uninterruptibly is in the middle of something.
        if (wait_event_interruptible(kswapd_wait, woken)) continue;
        woken = false;
        vm_stat.kswapd_runs++;
        balance_zone();
    }
}

}  // namespace

void wakeup_kswapd() {
    if (woken || contig_zone.pages_low == 0) return;
    woken = true;
    wake_up_all(&kswapd_wait);
}

void kswapd_init() {
    init_waitqueue_head(&kswapd_wait);
    if (kernel_thread(kswapd, nullptr, "kswapd0") < 0) panic("kswapd_init: no memory for the thread");
    set_watermarks();
}
