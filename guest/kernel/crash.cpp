// SPDX-License-Identifier: GPL-2.0-or-later
// `crash=NAME` on the kernel's command line makes one of the mistakes that the kernel's own checks are there
// for. So the checks are tested, and whoever learns kernels sees what each mistake looks like.
#include "kernel/crash.h"
#include "arch/uaccess.h"
#include "drivers/pit.h"
#include "kernel/boot.h"
#include "kernel/cmdline.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/semaphore.h"
#include "kernel/time.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"

extern "C" void prepare_return(pt_regs* regs);  // arch/traps.cpp

namespace {

spinlock_t lock = SPIN_LOCK_UNLOCKED;
mutex sleeper;
rw_semaphore semaphore;

void spin_lock_twice() {
    spin_lock(&lock);
    spin_lock(&lock);
}

void spin_unlock_free() {
    spin_unlock(&lock);
}

void schedule_with_a_lock() {
    spin_lock(&lock);
    schedule();
}

void mutex_lock_twice() {
    mutex_lock(&sleeper);
    mutex_lock(&sleeper);
}

void down_write_twice() {
    down_write(&semaphore);
    down_write(&semaphore);
}

void read_while_writing() {
    down_write(&semaphore);
    down_read(&semaphore);
}

void down_read_in_atomic() {
    preempt_disable();
    down_read(&semaphore);
}

void assert_unheld() {
    assert_held_write(&semaphore);
}

void bug_on() {
    BUG_ON(lock.owner == nullptr);
}

/// Part of its caller: alone it would do without a frame, and the backtrace without the caller.
[[gnu::always_inline]] inline void read_null() {
    volatile ulong* nothing = nullptr;
    asm volatile("" : "+r"(nothing));
    (void)*nothing;
}

void jump_nowhere() {
    void (*nowhere)() = nullptr;
    asm volatile("" : "+r"(nowhere));
    nowhere();
}

void divide_by_zero() {
    asm volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : : : "eax", "ecx", "edx");
}
void bad_opcode() {
    asm volatile("ud2");
}
void use_fpu() {
    asm volatile("fld1");
}

void overflow_stack() {
    *static_cast<ulong*>(current->stack) = 0;
    current->state = TASK_UNINTERRUPTIBLE;
    schedule_timeout(1);
}

kmem_cache* checked_cache() {
    return kmem_cache_create("crash", 100, 0, SLAB_POISON | SLAB_RED_ZONE | SLAB_PANIC, nullptr);
}

void free_twice() {
    kmem_cache* cache = checked_cache();
    void* object = kmem_cache_alloc(cache, GFP_KERNEL);
    kmem_cache_free(cache, object);
    kmem_cache_free(cache, object);
}

void write_after_free() {
    kmem_cache* cache = checked_cache();
    auto* object = static_cast<volatile u8*>(kmem_cache_alloc(cache, GFP_KERNEL));
    kmem_cache_free(cache, const_cast<u8*>(object));
    object[50] = 1;
    kmem_cache_alloc(cache, GFP_KERNEL);
}

void write_beyond_the_end() {
    kmem_cache* cache = checked_cache();
    auto* object = static_cast<volatile u8*>(kmem_cache_alloc(cache, GFP_KERNEL));
    object[100] = 1;
    kmem_cache_free(cache, const_cast<u8*>(object));
}

/// As if a system call ended without giving a lock back.
void a_lock_on_the_way_out() {
    pt_regs regs{};
    regs.cs = __USER_CS;
    preempt_disable();
    prepare_return(&regs);
}

int thread_that_faults(void*) {
    read_null();
    return 0;
}

/// Not fatal: an Oops ends the thread and the machine goes on.
void oops_in_thread() {
    if (kernel_thread(thread_that_faults, nullptr, "faulty") < 0) panic("crash: no thread");
    current->state = TASK_UNINTERRUPTIBLE;
    schedule_timeout(2);
    printk("crash: the machine goes on\n");
}

volatile char* const kUserAddress = reinterpret_cast<volatile char*>(0x08048000);

/// A kernel thread has no user space: a copy fails in the usual way, a plain access is a mistake.
int thread_that_reads_user_memory(void*) {
    char byte;
    const ulong left = copy_from_user(&byte, const_cast<const char*>(kUserAddress), 1);
    printk("crash: copy_from_user left %lu of 1\n", left);
    (void)*kUserAddress;
    return 0;
}

void user_memory_in_thread() {
    if (kernel_thread(thread_that_reads_user_memory, nullptr, "trespasser") < 0) panic("crash: no thread");
    current->state = TASK_UNINTERRUPTIBLE;
    schedule_timeout(2);
    printk("crash: the machine goes on\n");
}

// A storm: a tick is due again before the last one is served, and each wants another task to run. The machine
// has to get through, on stacks that stay as deep as they are.
constexpr unsigned STORM_HZ = 500'000;
constexpr ulong STORM_TICKS = 400;
timer_list storm;

void blow(ulong end) {
    current->need_resched = true;
    storm.expires = jiffies + 1;
    if (time_after(end, jiffies))
        add_timer(&storm);
    else
        pit_set_rate(HZ);
}

int thread_in_the_storm(void* end) {
    while (time_after(reinterpret_cast<ulong>(end), jiffies))
        asm volatile("" : : : "memory");
    return 0;
}

void storm_of_ticks() {
    const ulong end = jiffies + STORM_TICKS;
    if (kernel_thread(thread_in_the_storm, reinterpret_cast<void*>(end), "storm") < 0)
        panic("crash: no thread");
    storm = {.entry = {}, .expires = jiffies + 1, .function = blow, .data = end};
    init_timer(&storm);
    add_timer(&storm);
    pit_set_rate(STORM_HZ);
    thread_in_the_storm(reinterpret_cast<void*>(end));
    printk("crash: the machine goes on\n");
}

constexpr mistake mistakes[] = {
    {"spin_lock_twice", spin_lock_twice},
    {"spin_unlock_free", spin_unlock_free},
    {"schedule_with_a_lock", schedule_with_a_lock},
    {"mutex_lock_twice", mutex_lock_twice},
    {"down_write_twice", down_write_twice},
    {"read_while_writing", read_while_writing},
    {"down_read_in_atomic", down_read_in_atomic},
    {"assert_unheld", assert_unheld},
    {"bug_on", bug_on},
    {"read_null", read_null},
    {"jump_nowhere", jump_nowhere},
    {"divide_by_zero", divide_by_zero},
    {"bad_opcode", bad_opcode},
    {"use_fpu", use_fpu},
    {"overflow_stack", overflow_stack},
    {"free_twice", free_twice},
    {"write_after_free", write_after_free},
    {"write_beyond_the_end", write_beyond_the_end},
    {"oops_in_thread", oops_in_thread},
    {"user_memory_in_thread", user_memory_in_thread},
    {"storm_of_ticks", storm_of_ticks},
    {"a_lock_on_the_way_out", a_lock_on_the_way_out},
    {nullptr, nullptr},
};

const mistake* find_mistake(const mistake* table, const char* name) {
    while (table->name && strcmp(table->name, name) != 0)
        table++;
    return table->name ? table : nullptr;
}
void list_mistakes(const mistake* table) {
    for (; table->name; table++)
        printk(" %s", table->name);
}

}  // namespace

void crash_if_asked() {
    char name[64];
    if (!get_option("crash", name, sizeof name)) return;
    mutex_init(&sleeper);
    init_rwsem(&semaphore);
    const mistake* found = find_mistake(mistakes, name);
    if (!found) found = find_mistake(mm_mistakes, name);
    if (found) return found->make();
    printk("crash: no mistake is called %s; there are", name);
    list_mistakes(mistakes);
    list_mistakes(mm_mistakes);
    printk("\n");
}
