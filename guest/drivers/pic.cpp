// SPDX-License-Identifier: GPL-2.0-or-later
// The two 8259A interrupt controllers: edge-triggered, normal end of interrupt, slave on line 2.
#include "drivers/pic.h"

#include "arch/processor.h"

namespace {

enum : u16 { MASTER_COMMAND = 0x20, MASTER_DATA = 0x21, SLAVE_COMMAND = 0xA0, SLAVE_DATA = 0xA1 };
enum : u8 { ICW1_INIT_ICW4 = 0x11, ICW4_8086 = 0x01, OCW2_EOI = 0x20, OCW3_READ_ISR = 0x0B };
constexpr unsigned CASCADE = 2;

u16 masked = 0xFFFF;

void write_masks() {
    outb(static_cast<u8>(masked), MASTER_DATA);
    outb(static_cast<u8>(masked >> 8), SLAVE_DATA);
}

bool in_service(u16 command_port, unsigned line) {
    outb(OCW3_READ_ISR, command_port);
    return inb(command_port) & (1u << line);
}

}  // namespace

void pic_init() {
    outb(ICW1_INIT_ICW4, MASTER_COMMAND);
    outb(PIC_VECTOR_BASE, MASTER_DATA);
    outb(1 << CASCADE, MASTER_DATA);
    outb(ICW4_8086, MASTER_DATA);
    outb(ICW1_INIT_ICW4, SLAVE_COMMAND);
    outb(PIC_VECTOR_BASE + 8, SLAVE_DATA);
    outb(CASCADE, SLAVE_DATA);
    outb(ICW4_8086, SLAVE_DATA);
    masked = static_cast<u16>(~(1u << CASCADE));
    write_masks();
}

void pic_unmask(unsigned irq) {
    const ulong flags = local_irq_save();
    masked = static_cast<u16>(masked & ~(1u << irq));
    write_masks();
    local_irq_restore(flags);
}

bool pic_is_spurious(unsigned irq) {
    if (irq == 7) return !in_service(MASTER_COMMAND, 7);
    if (irq != 15 || in_service(SLAVE_COMMAND, 7)) return false;
    outb(OCW2_EOI, MASTER_COMMAND);
    return true;
}

void pic_end_of_interrupt(unsigned irq) {
    if (irq >= 8) outb(OCW2_EOI, SLAVE_COMMAND);
    outb(OCW2_EOI, MASTER_COMMAND);
}
