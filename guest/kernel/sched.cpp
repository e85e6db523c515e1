// SPDX-License-Identifier: GPL-2.0-or-later
// The scheduler: round robin with time slices of 10 ticks, preemptive in user and in kernel mode.
//
// Tasks that may run stand in two queues. `expired` is the round: the longest waiter is first, and each gets
// a fresh slice when its turn comes. `woken` is for those that slept and have some of their slice left: they
// go first, so that who mostly waits is served at once. Every tick is charged to who runs, asleep or not in
// between, so tasks that keep waking each other use up their slices and then stand behind everybody else. A
// task that is preempted by a woken one goes on where it was, before the rest of the round. pid 0 runs when
// nobody else can and is never queued.
#include "kernel/sched.h"

#include "arch/cpu.h"
#include "arch/fpu.h"
#include "kernel/errno.h"
#include "kernel/panic.h"
#include "kernel/preempt.h"
#include "kernel/printk.h"
#include "mm/mm.h"

extern "C" void switch_stacks(ulong* prev_esp, ulong* prev_eip, ulong next_esp, ulong next_eip);

namespace {

constexpr unsigned TIME_SLICE = 10;  // ticks: 100 ms

/// Why a task gives up the processor.
enum class Switch { Voluntary, Preempted };

struct runqueue {
    spinlock_t lock;  // held across the switch: taken by the old task, released by the new one
    list_head woken;  // of task_struct::run_list, like `expired`
    list_head expired;
    unsigned nr_running;  // length of both queues
    u64 nr_switches;
    task_struct* dead;   // was switched away from for ever; the next task drops it
    mm_struct* prev_mm;  // the space that the kernel thread before had borrowed; the next task drops it
};
constinit runqueue rq = {
    .lock = SPIN_LOCK_UNLOCKED,
    .woken = LIST_HEAD_INIT(rq.woken),
    .expired = LIST_HEAD_INIT(rq.expired),
};

void enqueue_woken(task_struct* task) {
    list_add_tail(&task->run_list, task->time_slice ? &rq.woken : &rq.expired);
    rq.nr_running++;
}

/// The running task stays runnable: with some of its slice left it goes on before the others of the round.
void enqueue_preempted(task_struct* task) {
    if (task->time_slice)
        list_add(&task->run_list, &rq.expired);
    else
        list_add_tail(&task->run_list, &rq.expired);
    rq.nr_running++;
}

/// The next task, off its queue; null if both are empty.
task_struct* take_next_task() {
    if (rq.nr_running == 0) return nullptr;
    const list_head* queue = list_empty(&rq.woken) ? &rq.expired : &rq.woken;
    task_struct* next = list_entry(queue->next, task_struct, run_list);
    list_del_init(&next->run_list);
    rq.nr_running--;
    return next;
}

/// The old task of the running one's last switch is really gone from the processor only here.
void finish_task_switch() {
    task_struct* dead = rq.dead;
    mm_struct* mm = rq.prev_mm;
    rq.dead = nullptr;
    rq.prev_mm = nullptr;
    spin_unlock(&rq.lock);
    local_irq_enable();
    if (mm) mmdrop(mm);
    if (dead) put_task_struct(dead);
}

/// Loads next's address space, or lends it prev's if it is a kernel thread (MM_FACTS 4.25).
void switch_address_space(task_struct* prev, task_struct* next) {
    mm_struct* old = prev->active_mm;
    if (next->mm) {
        switch_mm(old, next->mm, next);
    } else {
        next->active_mm = old;
        mmgrab(old);
        enter_lazy_tlb(old, next);
    }
    if (!prev->mm) {
        prev->active_mm = nullptr;
        rq.prev_mm = old;
    }
}

/// The lowest word of each kernel stack. A stack that overflowed has written over it.
void check_stack(const task_struct* task) {
    if (*static_cast<const ulong*>(task->stack) == STACK_END_MAGIC) return;
    panic("schedule: the kernel stack of %s (pid %d) has overflowed", task->comm, task->pid);
}

traced void context_switch(task_struct* prev, task_struct* next) {
    check_stack(prev);
    rq.nr_switches++;
    switch_address_space(prev, next);
    switch_out_fpu(prev);
    load_tls(next);
    set_kernel_stack(next->thread.esp0);
    rq.lock.owner = next;
    current_task = next;
    switch_stacks(&prev->thread.esp, &prev->thread.eip, next->thread.esp, next->thread.eip);
    finish_task_switch();
}

/// True if prev is still to run: its place is the end of the queue then.
bool stays_runnable(task_struct* prev, Switch why) {
    if (why == Switch::Preempted || prev->state == TASK_RUNNING) return true;
    if (prev->state == TASK_INTERRUPTIBLE && signal_pending(prev)) {
        prev->state = TASK_RUNNING;
        return true;
    }
    return false;
}

void switch_to_next(Switch why) {
    local_irq_disable();
    task_struct* prev = current;
    spin_lock(&rq.lock);
    prev->need_resched = false;
    const bool goes_on = stays_runnable(prev, why);
    task_struct* next = take_next_task();
    if (!next) next = goes_on ? prev : &init_task;
    if (next != prev) {
        (goes_on ? prev->nivcsw : prev->nvcsw)++;
        if (goes_on && prev != &init_task) enqueue_preempted(prev);
        if (!goes_on && prev->state == TASK_DEAD) rq.dead = prev;
    }
    if (next->time_slice == 0) next->time_slice = TIME_SLICE;
    if (next != prev) {
        context_switch(prev, next);
        return;
    }
    spin_unlock(&rq.lock);
    local_irq_enable();
}

}  // namespace

void sched_init() {
    init_task.thread.esp0 = reinterpret_cast<ulong>(init_task.stack) + THREAD_SIZE;
    set_kernel_stack(init_task.thread.esp0);
    mmgrab(&init_mm);  // pid 0 borrows init_mm
    init_task.active_mm = &init_mm;
}

void schedule() {
    // A dying task's last call comes with preemption off, so that nothing can follow its state's change.
    const int allowed = current->state == TASK_DEAD ? 1 : 0;
    if (current->preempt_count > allowed) {
        panic("schedule: %s (pid %d) gives up the processor in an atomic section, preempt_count %x",
              current->comm, current->pid, current->preempt_count);
    }
    do
        switch_to_next(Switch::Voluntary);
    while (current->need_resched);
}

void preempt_schedule_irq() {
    task_struct* const task = current;
    do {
        // The switch ends with interrupts on. One that came there and preempted in turn would leave its frame
        // on this one, and the next on that: a stack is as deep as a storm is long.
        task->preempt_count++;
        switch_to_next(Switch::Preempted);
        local_irq_disable();
        task->preempt_count--;
    } while (task->need_resched);
}

extern "C" void schedule_tail() {
    finish_task_switch();
    finish_fork();
}

void preempt_enable() {
    asm volatile("" : : : "memory");
    task_struct* task = current;
    if (--task->preempt_count != 0 || !task->need_resched || irqs_disabled()) return;
    do
        switch_to_next(Switch::Preempted);
    while (task->need_resched);
}

bool in_atomic() {
    return current->preempt_count != 0;
}

bool wake_up_process(task_struct* task) {
    spin_guard_irq guard(&rq.lock);
    if (task->state != TASK_INTERRUPTIBLE && task->state != TASK_UNINTERRUPTIBLE) return false;
    task->state = TASK_RUNNING;
    // It may not have slept yet: still on the processor, or preempted on its way to schedule().
    if (task == current || !list_empty(&task->run_list)) return true;
    enqueue_woken(task);
    if (task->time_slice || current == &init_task) current->need_resched = true;
    return true;
}

void wake_up_new_task(task_struct* task) {
    spin_guard_irq guard(&rq.lock);
    task->time_slice = TIME_SLICE;
    task->state = TASK_RUNNING;
    list_add_tail(&task->run_list, &rq.expired);
    rq.nr_running++;
    if (current == &init_task) current->need_resched = true;
}

void scheduler_tick(bool user) {
    task_struct* task = current;
    if (user)
        task->utime++;
    else
        task->stime++;
    if (task == &init_task) {
        task->need_resched = rq.nr_running != 0;
        return;
    }
    if (task->time_slice != 0 && --task->time_slice == 0) task->need_resched = true;
}

u64 nr_context_switches() {
    return rq.nr_switches;
}

long sys_sched_yield() {
    current->time_slice = 0;
    schedule();
    return 0;
}

void cpu_idle() {
    BUG_ON(current != &init_task);
    for (;;) {
        local_irq_disable();
        if (current->need_resched) {
            local_irq_enable();
            schedule();
        } else {
            safe_halt();
        }
    }
}
