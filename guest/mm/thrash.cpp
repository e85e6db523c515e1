// SPDX-License-Identifier: GPL-2.0-or-later
// The swap token (4.23): of many spaces that wait for their pages one keeps what it has got, so that it gets
// on. Who faults ever more often has a growing claim, and takes the token when its claim is the greater.
#include "kernel/sched.h"
#include "mm/swap.h"

mm_struct* swap_token_mm;

namespace {

spinlock_t swap_token_lock = SPIN_LOCK_UNLOCKED;
unsigned global_faults;  // swap-ins that asked for the token; written without the lock, as a rough clock

void take_token(mm_struct* mm) {
    mm->token_priority += 2;
    swap_token_mm = mm;
}

/// swap_token_lock held.
void claim(mm_struct* mm, unsigned interval) {
    assert_spin_locked(&swap_token_lock);
    if (!swap_token_mm) return take_token(mm);
    if (mm == swap_token_mm) {
        mm->token_priority += 2;
        return;
    }
    if (interval < mm->last_interval) {
        mm->token_priority++;
    } else if (mm->token_priority > 0) {
        mm->token_priority--;
    }
    if (mm->token_priority > swap_token_mm->token_priority) take_token(mm);
}

}  // namespace

void grab_swap_token() {
    global_faults++;
    mm_struct* mm = current->mm;
    if (!mm || !spin_trylock(&swap_token_lock)) return;
    const unsigned interval = global_faults - mm->faultstamp;
    claim(mm, interval);
    mm->faultstamp = global_faults;
    mm->last_interval = interval;
    spin_unlock(&swap_token_lock);
}

void put_swap_token(mm_struct* mm) {
    if (!has_swap_token(mm)) return;
    spin_guard guard(&swap_token_lock);
    if (has_swap_token(mm)) swap_token_mm = nullptr;
}

void disable_swap_token() {
    if (swap_token_mm) put_swap_token(swap_token_mm);
}
