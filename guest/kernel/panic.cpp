// SPDX-License-Identifier: GPL-2.0-or-later
// Panic: say what is wrong and how it came to it, then end the machine with exit code 3.
#include "kernel/panic.h"

#include "arch/processor.h"
#include "drivers/serial.h"
#include "kernel/kallsyms.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "lib/string.h"

namespace {

constexpr u16 EXIT_PORT = 0xF4;
constexpr unsigned TRACE_LIMIT = 24;

void show_frame(ulong address, const kernel_symbol& symbol) {
    if (symbol.name)
        printk("  [<%08lx>] %s+0x%lx\n", address, symbol.name, symbol.offset);
    else
        printk("  [<%08lx>] ?\n", address);
}

/// A return address stands behind its call, which may have been its function's last instruction.
void show_return_address(ulong address) {
    kernel_symbol symbol = find_kernel_symbol(address - 1);
    symbol.offset++;
    show_frame(address, symbol);
}

/// A frame is (caller's EBP, return address). The chain stays on the stack that is in use and only goes up.
void follow_frames(ulong ebp) {
    const ulong here = reinterpret_cast<ulong>(__builtin_frame_address(0));
    const ulong stack_low = here & ~(THREAD_SIZE - 1), stack_high = stack_low + THREAD_SIZE;
    ulong floor = stack_low;
    for (unsigned depth = 0; depth < TRACE_LIMIT; depth++) {
        if (ebp < floor || ebp > stack_high - 2 * sizeof(ulong) || ebp % sizeof(ulong) != 0) return;
        const ulong* frame = reinterpret_cast<const ulong*>(ebp);
        if (frame[1] == 0) return;
        show_return_address(frame[1]);
        floor = ebp + sizeof(ulong);
        ebp = frame[0];
    }
    printk("  ...\n");
}

}  // namespace

void machine_exit(u32 code) {
    if (!in_atomic() && !irqs_disabled()) serial_wait_until_sent();  // without spinning, if there is a choice
    local_irq_disable();
    serial_flush();
    outl(code, EXIT_PORT);
    for (;;)
        asm volatile("cli; hlt");
}

void show_trace(ulong eip, ulong ebp) {
    show_frame(eip, find_kernel_symbol(eip));
    follow_frames(ebp);
}

void dump_stack() {
    const ulong here = reinterpret_cast<ulong>(__builtin_return_address(0));
    show_return_address(here);
    follow_frames(*static_cast<const ulong*>(__builtin_frame_address(0)));
}

void panic(const char* format, ...) {
    local_irq_disable();
    static bool panicking;
    if (panicking) machine_exit(PANIC_EXIT_CODE);  // the panic itself went wrong
    panicking = true;
    static char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    printk("\nKernel panic: %s\n", message);
    dump_stack();
    machine_exit(PANIC_EXIT_CODE);
}

void bug(const char* condition, const char* file, int line) {
    panic("%s at %s:%d", condition, file, line);
}
