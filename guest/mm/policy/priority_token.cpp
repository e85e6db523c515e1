// SPDX-License-Identifier: GPL-2.0-or-later
// Who has the swap token: it goes to a claim that is greater than the holder's.
#include "mm/policy/priority_token.h"

#include "kernel/sched.h"
#include "mm/audit.h"

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

void priority_token::grab() {
    global_faults++;
    mm_struct* mm = current->mm;
    if (!mm || !spin_trylock(&swap_token_lock)) return;
    const unsigned interval = global_faults - mm->faultstamp;
    claim(mm, interval);
    mm->faultstamp = global_faults;
    mm->last_interval = interval;
    spin_unlock(&swap_token_lock);
}

void priority_token::put(mm_struct* mm) {
    if (!held_by(mm)) return;
    spin_guard guard(&swap_token_lock);
    if (held_by(mm)) swap_token_mm = nullptr;
}

void priority_token::disable() {
    if (swap_token_mm) put(swap_token_mm);
}

#ifdef CONFIG_DEBUG_VM
void priority_token::validate(const mm_struct* mm) {
    constexpr int MORE_THAN_ANYBODY_COUNTS = 1 << 20;  // a freed descriptor is filled with a pattern
    if (!swap_token_mm) return;
    const int count = atomic_read(&swap_token_mm->mm_count);
    require(count > 0 && count < MORE_THAN_ANYBODY_COUNTS, "INV-39", mm, "mm_count of the token's holder",
            static_cast<ulong>(count), 1);
}
#endif
