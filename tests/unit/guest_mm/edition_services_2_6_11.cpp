// SPDX-License-Identifier: GPL-2.0-or-later
// What the policies of 2.6.11 want of the rest of the kernel: nobody has an LDT, AIO contexts, or a dump.
#include "arch/ldt.h"
#include "fs/aio.h"
#include "kernel_services.h"

int init_new_context(mm_struct* mm) {
    mm->context.ldt = nullptr;
    mm->context.size = 0;
    mutex_init(&mm->context.sem);
    return 0;
}
void destroy_context(mm_struct*) {}
void ldt_of_users::end(mm_struct*) {}
void exit_aio(mm_struct* mm) {
    BUG_ON(mm->ioctx_list);  // nobody has contexts here
}

void core_waiters::wait(mm_struct* mm) {
    BUG_ON(mm->core_waiters);  // nobody dumps here
}
ulong jiffies;
void init_waitqueue_head(wait_queue_head_t* queue) {
    INIT_LIST_HEAD(&queue->task_list);
}
void init_completion(completion* c) {
    *c = completion{};
}

void read_lock(rwlock_t*) {}
void read_unlock(rwlock_t*) {}
void write_lock(rwlock_t*) {}
void write_unlock(rwlock_t*) {}
