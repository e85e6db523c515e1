// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own check of INV-28: each slot's count is the number of page-table entries that name it, and
// one more if its page is cached. It holds whenever nobody is between two steps under a spin lock, so the
// check keeps preemption off from the first table to the last.
#include "fs/seq_file.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/slab.h"
#include "mm/swap.h"

namespace {

constexpr ulong kReported = 8;  // disagreements that are told one by one

/// Found users of the slots of one area.
struct census {
    unsigned type;
    ulong slots;
    u16* users;
};

void count(const census& c, swp_entry_t entry) {
    if (swp_type(entry) == c.type && swp_offset(entry) < c.slots) c.users[swp_offset(entry)]++;
}

void count_entries_of(mm_struct* mm, const census& c) {
    for_each_page_table(mm, 0, TASK_SIZE, [&](const pte_t* pte, ulong from, ulong to) {
        for (; from < to; from += PAGE_SIZE, pte++) {
            if (pte_swap(*pte)) count(c, pte_to_swp_entry(*pte));
        }
    });
}

void count_all(const census& c) {
    mm_struct* mm;
    spin_guard guard(&mmlist_lock);
    list_for_each_entry(mm, &init_mm.mmlist, mmlist) count_entries_of(mm, c);
    pgoff_t from = swp_entry(c.type, 0).val;
    while (const page* p = page_tree_next(&swapper_space.pages, from)) {
        count(c, page_swap_entry(p));
        from = page_swap_entry(p).val + 1;
    }
}

ulong compare(const census& c) {
    ulong wrong = 0;
    for (ulong slot = 1; slot < c.slots; slot++) {
        const int counted = swap_users(c.type, slot);
        if (counted == c.users[slot]) continue;
        if (wrong++ < kReported) {
            printk("INV-28: slot %lu of area %u has %d users, found %u\n", slot, c.type, counted,
                   c.users[slot]);
        }
    }
    return wrong;
}

long check_area(unsigned type, ulong slots) {
    const auto bytes = static_cast<ulong>(slots * sizeof(u16));
    unsigned order = 0;
    while (PAGE_SIZE << order < bytes)
        order++;
    const ulong block = __get_free_pages(GFP_KERNEL | __GFP_ZERO, order);
    if (!block) return -ENOMEM;
    const census c{.type = type, .slots = slots, .users = reinterpret_cast<u16*>(block)};
    preempt_disable();
    count_all(c);
    const ulong wrong = compare(c);
    preempt_enable();
    free_pages(block, order);
    return static_cast<long>(wrong);
}

}  // namespace

long check_swap_maps() {
    long wrong = 0;
    for (unsigned type = 0; type < MAX_SWAPFILES; type++) {
        const ulong slots = swap_area_slots(type);
        const long result = slots ? check_area(type, slots) : 0;
        if (result < 0) return result;
        wrong += result;
    }
    return wrong;
}

/// A read of the file makes the check.
int proc_swapcheck(seq_file* m, void*) {
    const long wrong = check_swap_maps();
    if (wrong < 0) return static_cast<int>(wrong);
    seq_printf(m, "%s %ld\n", wrong ? "INV-28" : "ok", wrong);
    return 0;
}
