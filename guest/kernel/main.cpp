// SPDX-License-Identifier: GPL-2.0-or-later
// kernel_main: the boot table. One initialisation a line, in the order in which they need each other.
#include "arch/cpu.h"
#include "arch/multiboot.h"
#include "arch/paging.h"
#include "drivers/serial.h"
#include "drivers/vga.h"
#include "kernel/panic.h"
#include "kernel/printk.h"

namespace {

void banner() {
    printk("mmscope kernel, edition 2.6.28\n\n");
}
/// One line of the boot table.
void done(const char* what) {
    printk("boot: %-18s ok\n", what);
}

}  // namespace

extern "C" [[noreturn]] void kernel_main(u32 magic, u32 info) {
    serial_init();
    vga_init();
    banner();
    cpu_init();
    done("cpu_init");
    multiboot_init(magic, info);
    done("multiboot_init");
    paging_init(boot.ram_end);
    done("paging_init");
    machine_exit(0);
}
