// SPDX-License-Identifier: GPL-2.0-or-later
// kernel_main: the boot table. One initialisation a line, in the order in which they need each other.
#include "arch/cpu.h"
#include "arch/multiboot.h"
#include "arch/paging.h"
#include "arch/traps.h"
#include "drivers/pic.h"
#include "drivers/pit.h"
#include "drivers/serial.h"
#include "drivers/vga.h"
#include "kernel/boot.h"
#include "kernel/panic.h"
#include "kernel/printk.h"
#include "kernel/process.h"
#include "kernel/time.h"
#include "mm/mm.h"
#include "mm/slab.h"

namespace {

struct boot_step {
    const char* name;
    void (*run)();
};

/// What pid 0 does, with interrupts off.
constexpr boot_step early_steps[] = {
    {"cpu_init", cpu_init},
    {"trap_init", trap_init},
    {"paging_init", [] { paging_init(boot.ram_end); }},
    {"mem_init", [] { mem_init(boot.first_free, boot.ram_end); }},
    {"kmem_cache_init", kmem_cache_init},
    {"pic_init", pic_init},
    {"pit_init", pit_init},
    {"serial_irq_init", serial_irq_init},
    {"sched_init", sched_init},
    {"fork_init", fork_init},
};

/// What pid 1 does, as a task that may sleep.
constexpr boot_step task_steps[] = {
    {"time_init", time_init},
    {"timer_selftest", timer_selftest},
    {"locks_selftest", locks_selftest},
};

template <unsigned N>
void run_steps(const boot_step (&steps)[N]) {
    for (const boot_step& step : steps) {
        step.run();
        printk("boot: %-18s ok\n", step.name);
    }
}

int kernel_init(void*) {
    run_steps(task_steps);
    machine_exit(0);
}

}  // namespace

extern "C" [[noreturn]] void kernel_main(u32 magic, u32 info) {
    serial_init();
    vga_init();
    printk("mmscope kernel, edition 2.6.28\n\n");
    multiboot_init(magic, info);
    run_steps(early_steps);
    local_irq_enable();
    if (kernel_thread(kernel_init, nullptr, "init") != 1) panic("kernel_main: no pid 1");
    cpu_idle();
}
