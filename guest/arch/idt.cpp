// SPDX-License-Identifier: GPL-2.0-or-later
// The interrupt descriptor table (Intel SDM vol. 3, 6.10 - 6.12).
#include "arch/processor.h"
#include "arch/traps.h"
#include "drivers/pic.h"

extern "C" {
void trap_divide_error();
void trap_debug();
void trap_nmi();
void trap_int3();
void trap_overflow();
void trap_bounds();
void trap_invalid_op();
void trap_device_not_available();
void trap_double_fault();
void trap_coprocessor_overrun();
void trap_invalid_tss();
void trap_segment_not_present();
void trap_stack_segment();
void trap_general_protection();
void trap_page_fault();
void trap_reserved();
void trap_coprocessor_error();
void trap_alignment_check();
void trap_machine_check();
void trap_simd_error();
void system_call();
extern const u8 interrupt_stubs[];
}

namespace {

constexpr unsigned IDT_ENTRIES = 256, SYSCALL_VECTOR = 0x80, STUB_SIZE = 16, RESERVED_FIRST = 20,
                   EXCEPTIONS = 32;

/// Interrupt gates clear IF on the way in, trap gates do not. DPL 3: user mode may use `int n`.
enum : u32 { GATE_INTERRUPT = 0x8E00, GATE_INTERRUPT_USER = 0xEE00, GATE_TRAP_USER = 0xEF00 };

struct gate {
    u32 a, b;
};
gate idt_table[IDT_ENTRIES] __attribute__((aligned(8)));

void set_gate(unsigned vector, const void* entry, u32 kind) {
    const u32 offset = reinterpret_cast<u32>(entry);
    idt_table[vector] = {(static_cast<u32>(__KERNEL_CS) << 16) | (offset & 0xFFFF),
                         (offset & 0xFFFF0000) | kind};
}

constexpr void (*exceptions[RESERVED_FIRST])() = {
    trap_divide_error,
    trap_debug,
    trap_nmi,
    trap_int3,
    trap_overflow,
    trap_bounds,
    trap_invalid_op,
    trap_device_not_available,
    trap_double_fault,
    trap_coprocessor_overrun,
    trap_invalid_tss,
    trap_segment_not_present,
    trap_stack_segment,
    trap_general_protection,
    trap_page_fault,
    trap_reserved,
    trap_coprocessor_error,
    trap_alignment_check,
    trap_machine_check,
    trap_simd_error,
};

}  // namespace

void trap_init() {
    // Interrupt gates even for exceptions: a page fault must read CR2 before anything else can fault. Vectors
    // that stay empty raise #GP in user mode (SDM vol. 3, 6.12.1.1 and 6.11).
    for (unsigned i = 0; i < EXCEPTIONS; i++) {
        const bool user_may = i == 3 || i == 4;  // int3, into
        const auto entry = i < RESERVED_FIRST ? exceptions[i] : trap_reserved;
        set_gate(i, reinterpret_cast<const void*>(entry), user_may ? GATE_INTERRUPT_USER : GATE_INTERRUPT);
    }
    for (unsigned irq = 0; irq < 16; irq++) {
        set_gate(PIC_VECTOR_BASE + irq, interrupt_stubs + irq * STUB_SIZE, GATE_INTERRUPT);
    }
    set_gate(SYSCALL_VECTOR, reinterpret_cast<const void*>(system_call), GATE_TRAP_USER);
    const struct __attribute__((packed)) {
        u16 limit;
        const void* base;
    } idtr{sizeof idt_table - 1, idt_table};
    asm volatile("lidt %0" : : "m"(idtr));
}
