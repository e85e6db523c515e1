// SPDX-License-Identifier: GPL-2.0-or-later
// Interrupts of the devices: from the vector to the line's handler.
#include "arch/traps.h"
#include "drivers/pic.h"
#include "kernel/preempt.h"
#include "kernel/sched.h"

namespace {

constexpr unsigned NR_IRQS = 16;
irq_handler_t handlers[NR_IRQS];

}  // namespace

void request_irq(unsigned irq, irq_handler_t handler) {
    BUG_ON(irq >= NR_IRQS || handlers[irq] != nullptr);
    handlers[irq] = handler;
    pic_unmask(irq);
}

bool in_interrupt() {
    return current->preempt_count >= HARDIRQ_OFFSET;
}

extern "C" void do_irq(pt_regs* regs) {
    const unsigned irq = ~static_cast<unsigned>(regs->orig_eax);
    task_struct* interrupted = current;
    interrupted->preempt_count += HARDIRQ_OFFSET;
    if (!pic_is_spurious(irq)) {
        if (handlers[irq]) handlers[irq](irq, regs);
        pic_end_of_interrupt(irq);
    }
    interrupted->preempt_count -= HARDIRQ_OFFSET;
}
