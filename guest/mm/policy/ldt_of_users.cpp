// SPDX-License-Identifier: GPL-2.0-or-later
// The end of a space's LDT, while the processor may still have it loaded.
#include "mm/policy/ldt_of_users.h"

#include "kernel/sched.h"
#include "mm/internal.h"

/// The table is freed in two steps, since the processor must not read what somebody else gets.
void ldt_of_users::end(mm_struct* mm) {
    constexpr mm_context_t kEmpty{};
    preempt_disable();
    if (cpu_tlbstate.active_mm == mm) load_LDT_nolock(&kEmpty);
    preempt_enable();
    destroy_context(mm);
}
