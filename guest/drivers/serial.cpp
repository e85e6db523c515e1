// SPDX-License-Identifier: GPL-2.0-or-later
// The serial console (National PC16550D data sheet). Output goes through a ring that the transmitter-empty
// interrupt empties 16 bytes at a time, so that nobody spins for the line's slow speed.
#include "drivers/serial.h"

#include "arch/processor.h"
#include "arch/traps.h"
#include "drivers/tty.h"
#include "kernel/sched.h"

namespace {

constexpr u16 BASE = 0x3F8;
enum : u16 {
    THR = BASE,
    RBR = BASE,
    DLL = BASE,
    DLM = BASE + 1,
    IER = BASE + 1,
    FCR = BASE + 2,
    IIR = BASE + 2,
    LCR = BASE + 3,
    MCR = BASE + 4,
    LSR = BASE + 5
};
enum : u8 { LCR_8N1 = 0x03, LCR_DLAB = 0x80, FCR_ENABLE_CLEAR_TRIGGER8 = 0x87, MCR_DTR_RTS_OUT2 = 0x0B };
enum : u8 { IER_RECEIVE = 0x01, IER_TRANSMIT = 0x02 };
enum : u8 { LSR_DATA_READY = 0x01, LSR_THR_EMPTY = 0x20, LSR_IDLE = 0x40 };
constexpr unsigned FIFO_SIZE = 16;

constexpr unsigned RING_SIZE = 1 << 14;
char ring[RING_SIZE];
unsigned ring_head, ring_tail;  // free-running: head - tail bytes wait

/// Moves up to a FIFO of bytes to the line if it is ready for them. Interrupts are off.
void feed_line() {
    if (ring_head == ring_tail || !(inb(LSR) & LSR_THR_EMPTY)) return;
    for (unsigned i = 0; i < FIFO_SIZE && ring_tail != ring_head; i++)
        outb(static_cast<u8>(ring[ring_tail++ % RING_SIZE]), THR);
}

void put(char c) {
    while (ring_head - ring_tail == RING_SIZE)
        feed_line();
    ring[ring_head++ % RING_SIZE] = c;
}

constexpr unsigned IRQ_SERIAL = 4;
wait_queue_head_t ring_drained;  // writers that sleep for room

void serial_interrupt(unsigned, pt_regs*) {
    (void)inb(IIR);  // reading it takes the transmitter's interrupt back
    while (inb(LSR) & LSR_DATA_READY)
        tty_receive(static_cast<char>(inb(RBR)));
    feed_line();
    if (ring_head - ring_tail <= RING_SIZE / 2) wake_up_all(&ring_drained);
}

}  // namespace

void serial_init() {
    outb(0, IER);
    outb(LCR_8N1 | LCR_DLAB, LCR);
    outb(1, DLL);
    outb(0, DLM);
    outb(LCR_8N1, LCR);
    outb(FCR_ENABLE_CLEAR_TRIGGER8, FCR);
    outb(MCR_DTR_RTS_OUT2, MCR);
}

void serial_irq_init() {
    init_waitqueue_head(&ring_drained);
    request_irq(IRQ_SERIAL, serial_interrupt);
    outb(IER_TRANSMIT | IER_RECEIVE, IER);
}

void serial_write(const char* text, size_t length) {
    const ulong flags = local_irq_save();
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') put('\r');
        put(text[i]);
    }
    feed_line();
    local_irq_restore(flags);
}

void serial_wait_for_room(size_t bytes) {
    wait_event(ring_drained, RING_SIZE - (ring_head - ring_tail) >= bytes);
}

void serial_wait_until_sent() {
    const unsigned end = ring_head;
    wait_event(ring_drained, static_cast<int>(ring_tail - end) >= 0);
}

void serial_flush() {
    const ulong flags = local_irq_save();
    while (ring_head != ring_tail)
        feed_line();
    while (!(inb(LSR) & LSR_IDLE)) {
    }
    local_irq_restore(flags);
}
