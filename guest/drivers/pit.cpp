// SPDX-License-Identifier: GPL-2.0-or-later
// The 8254 interval timer (Intel 8254 data sheet), channel 0 in mode 2.
#include "drivers/pit.h"

#include "arch/processor.h"
#include "arch/traps.h"
#include "kernel/sched.h"
#include "kernel/time.h"

namespace {

enum : u16 { CHANNEL0 = 0x40, CONTROL = 0x43 };
enum : u8 { CONTROL_CHANNEL0_MODE2 = 0x34, CONTROL_LATCH0 = 0x00 };
constexpr unsigned IRQ_TIMER = 0, CLOCK_HZ = 1193182, RELOAD = (CLOCK_HZ + HZ / 2) / HZ;

void timer_interrupt(unsigned, pt_regs* regs) {
    do_timer();
    scheduler_tick(user_mode(regs));
}

}  // namespace

void pit_init() {
    outb(CONTROL_CHANNEL0_MODE2, CONTROL);
    outb(RELOAD & 0xFF, CHANNEL0);
    outb(RELOAD >> 8, CHANNEL0);
    request_irq(IRQ_TIMER, timer_interrupt);
}

unsigned pit_microseconds() {
    outb(CONTROL_LATCH0, CONTROL);
    const unsigned low = inb(CHANNEL0);
    const unsigned count = low | static_cast<unsigned>(inb(CHANNEL0)) << 8;  // from RELOAD down to 1
    const unsigned elapsed = count >= RELOAD ? 0 : RELOAD - count;
    return elapsed * (1000000 / HZ) / RELOAD;
}
