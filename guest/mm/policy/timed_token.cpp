// SPDX-License-Identifier: GPL-2.0-or-later
// Who has the swap token: it is asked for at most every two seconds.
#include "mm/policy/timed_token.h"

#include "kernel/sched.h"
#include "mm/audit.h"

mm_struct* swap_token_mm = &init_mm;
ulong swap_token_default_timeout;

namespace {

constexpr ulong CHECK_INTERVAL = 2 * HZ;

spinlock_t swap_token_lock = SPIN_LOCK_UNLOCKED;
ulong next_check;     // jiffies: before this moment nobody asks. swap_token_lock
ulong token_expires;  // jiffies: the holder has had it long enough. swap_token_lock

bool is_before(ulong moment, ulong other) {
    return static_cast<long>(moment - other) < 0;
}

/// The holder has done without pages since somebody last asked. From now on that counts anew.
bool holder_was_idle() {
    const bool idle = !swap_token_mm->recent_pagein;
    swap_token_mm->recent_pagein = 0;
    return idle;
}

/// swap_token_lock held.
void ask_for_token(mm_struct* mm) {
    assert_spin_locked(&swap_token_lock);
    next_check = jiffies + CHECK_INTERVAL;
    const bool idle = holder_was_idle();
    if (!idle && !is_before(token_expires, jiffies)) return;
    // Who had to give it up lets others have it as long.
    swap_token_mm->swap_token_time = jiffies + (idle ? 0 : swap_token_default_timeout);
    token_expires = jiffies + swap_token_default_timeout;
    swap_token_mm = mm;
}

}  // namespace

void timed_token::grab() {
    mm_struct* mm = current->mm;
    if (!mm) return;
    if (mm == swap_token_mm) {
        mm->recent_pagein = 1;
        return;
    }
    if (is_before(jiffies, next_check) || is_before(jiffies, mm->swap_token_time)) return;
    if (!spin_trylock(&swap_token_lock)) return;
    ask_for_token(mm);
    spin_unlock(&swap_token_lock);
}

void timed_token::put(mm_struct* mm) {
    spin_guard guard(&swap_token_lock);
    if (mm == swap_token_mm) swap_token_mm = &init_mm;
}

void timed_token::disable() {
    put(swap_token_mm);
}

#ifdef CONFIG_DEBUG_VM
void timed_token::validate(const mm_struct* mm) {
    constexpr int MORE_THAN_ANYBODY_COUNTS = 1 << 20;  // a freed descriptor is filled with a pattern
    const int count = atomic_read(&swap_token_mm->mm_count);
    require(count > 0 && count < MORE_THAN_ANYBODY_COUNTS, "INV-39", mm, "mm_count of the token's holder",
            static_cast<ulong>(count), 1);
}
#endif
