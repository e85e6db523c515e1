// SPDX-License-Identifier: GPL-2.0-or-later
// What the policies of 2.6.28 want of the rest of the kernel: nobody has an LDT, AIO contexts, or a dump.
#include "arch/ldt.h"
#include "fs/aio.h"
#include "kernel_services.h"

int init_new_context(mm_struct* mm) {
    mm->context.ldt = nullptr;
    mm->context.size = 0;
    mutex_init(&mm->context.lock);
    return 0;
}
void destroy_context(mm_struct*) {}
void exit_aio(mm_struct* mm) {
    BUG_ON(!hlist_empty(&mm->ioctx_list));  // nobody has contexts here
}

void linked_core_state::wait(mm_struct* mm) {
    BUG_ON(mm->core_state);  // nobody dumps here
}
