// SPDX-License-Identifier: GPL-2.0-or-later
// kernel_main: the boot table. One initialisation a line, in the order in which they need each other.
#include "arch/cpu.h"
#include "arch/multiboot.h"
#include "arch/paging.h"
#include "arch/traps.h"
#include "block/block.h"
#include "drivers/ide.h"
#include "drivers/keyboard.h"
#include "drivers/pic.h"
#include "drivers/pit.h"
#include "drivers/serial.h"
#include "drivers/tty.h"
#include "drivers/vga.h"
#include "fs/aio.h"
#include "fs/super.h"
#include "kernel/binfmts.h"
#include "kernel/boot.h"
#include "kernel/cmdline.h"
#include "kernel/printk.h"
#include "kernel/process.h"
#include "kernel/time.h"
#include "kernel/workqueue.h"
#include "lib/string.h"
#include "mm/filemap.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/swap.h"

namespace {

struct boot_step {
    const char* name;
    void (*run)();
};

void unpack_initramfs() {
    if (!boot.initramfs) panic("kernel_init: the boot loader gave no initramfs");
    if (populate_rootfs(boot.initramfs, boot.initramfs_size) < 0)
        panic("kernel_init: the initramfs is damaged");
}

/// What pid 0 does, with interrupts off.
constexpr boot_step early_steps[] = {
    {"cpu_init", cpu_init},
    {"trap_init", trap_init},
    {"moves_selftest", moves_selftest},
    {"paging_init", [] { paging_init(boot.ram_end); }},
    {"mem_init", [] { mem_init(boot.first_free, boot.ram_end); }},
    {"kmem_cache_init", kmem_cache_init},
    {"mm_cache_init", mm_cache_init},
    {"page_cache_init", page_cache_init},
    {"swap_init", swap_init},
    {"pic_init", pic_init},
    {"pit_init", pit_init},
    {"time_init", time_init},
    {"tty_init", tty_init},
    {"serial_irq_init", serial_irq_init},
    {"keyboard_init", keyboard_init},
    {"sched_init", sched_init},
    {"fork_init", fork_init},
    {"vfs_init", vfs_init},
    {"proc_init", proc_init},
};

/// What pid 1 does before it becomes a program: it may sleep.
constexpr boot_step task_steps[] = {
    {"timer_selftest", timer_selftest},     {"locks_selftest", locks_selftest},
    {"workqueues_init", workqueues_init},   {"aio_init", aio_init},
    {"populate_rootfs", unpack_initramfs},  {"ide_init", ide_init},
    {"block_files_init", block_files_init}, {"kswapd_init", kswapd_init},
    {"mount", mount_standard_places},
};

template <unsigned N>
void run_steps(const boot_step (&steps)[N]) {
    for (const boot_step& step : steps) {
        step.run();
        printk("boot: %-18s ok\n", step.name);
    }
}

/// pid 1: the kernel's last steps, then the first program.
int kernel_init(void*) {
    run_steps(task_steps);
    syscall_page::boot();
    char program[128];
    if (!get_option("init", program, sizeof program)) strlcpy(program, "/init", sizeof program);
    crash_if_asked();
    if (open_standard_files() < 0) panic("kernel_init: no console");
    printk("boot: running %s\n\n", program);
    const char* const argv[] = {program, nullptr};
    const char* const envp[] = {"HOME=/", "TERM=linux", "PATH=/bin", nullptr};
    const int error = do_execve(program, argv, envp, task_pt_regs(current), true);
    if (error) panic("kernel_init: cannot run %s, error %d", program, -error);
    return 0;
}

}  // namespace

extern "C" [[noreturn]] void kernel_main(u32 magic, u32 info) {
    serial_init();
    vga_init();
    multiboot_init(magic, info);
    constexpr ulong ONE_MIB = 1 << 20;
    printk("mmscope kernel, edition %s: %lu MiB of RAM\n\n", EDITION, (boot.ram_end + ONE_MIB - 1) / ONE_MIB);
    run_steps(early_steps);
    local_irq_enable();
    if (kernel_thread(kernel_init, nullptr, "init") != 1) panic("kernel_main: no pid 1");
    cpu_idle();
}
