// SPDX-License-Identifier: GPL-2.0-or-later
// The 8254 interval timer (Intel 8254 data sheet), channel 0 in mode 2.
#include "drivers/pit.h"

#include "arch/processor.h"
#include "arch/traps.h"
#include "kernel/sched.h"
#include "kernel/time.h"

namespace {

enum : u16 { CHANNEL0 = 0x40, CHANNEL2 = 0x42, CONTROL = 0x43, SYSTEM_CONTROL_B = 0x61 };
enum : u8 { CONTROL_CHANNEL0_MODE2 = 0x34, CONTROL_LATCH0 = 0x00, CONTROL_CHANNEL2_MODE0 = 0xB0 };
enum : u8 { B_GATE2 = 0x01, B_SPEAKER = 0x02, B_OUT2 = 0x20 };
constexpr unsigned IRQ_TIMER = 0, CLOCK_HZ = 1193182;

constexpr unsigned reload_for(unsigned hz) {
    return (CLOCK_HZ + hz / 2) / hz;
}
constexpr unsigned RELOAD = reload_for(HZ);

void timer_interrupt(unsigned, pt_regs* regs) {
    do_timer();
    scheduler_tick(user_mode(regs));
}

}  // namespace

void pit_set_rate(unsigned hz) {
    const unsigned reload = reload_for(hz);
    outb(CONTROL_CHANNEL0_MODE2, CONTROL);
    outb(static_cast<u8>(reload), CHANNEL0);
    outb(static_cast<u8>(reload >> 8), CHANNEL0);
}

void pit_init() {
    pit_set_rate(HZ);
    request_irq(IRQ_TIMER, timer_interrupt);
}

void pit_start_one_shot(unsigned numerator, unsigned denominator) {
    const unsigned count = RELOAD * numerator / denominator;
    outb(static_cast<u8>((inb(SYSTEM_CONTROL_B) & ~B_SPEAKER) | B_GATE2), SYSTEM_CONTROL_B);
    outb(CONTROL_CHANNEL2_MODE0, CONTROL);  // OUT goes low, and high at the end of the count
    outb(static_cast<u8>(count), CHANNEL2);
    outb(static_cast<u8>(count >> 8), CHANNEL2);
}

bool pit_one_shot_is_over() {
    return inb(SYSTEM_CONTROL_B) & B_OUT2;
}

unsigned pit_microseconds() {
    outb(CONTROL_LATCH0, CONTROL);
    const unsigned low = inb(CHANNEL0);
    const unsigned count = low | static_cast<unsigned>(inb(CHANNEL0)) << 8;  // from RELOAD down to 1
    const unsigned elapsed = count >= RELOAD ? 0 : RELOAD - count;
    return elapsed * (1000000 / HZ) / RELOAD;
}
