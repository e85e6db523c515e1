// SPDX-License-Identifier: GPL-2.0-or-later
// Instructions of the processor that C++ cannot say, and what a task's context is for the CPU.
#pragma once

#include "lib/types.h"

constexpr u16 __KERNEL_CS = 0x60, __KERNEL_DS = 0x68, __USER_CS = 0x73, __USER_DS = 0x7B;
/// A kernel stack: two pages, order 1, its lowest address aligned to its size.
constexpr ulong THREAD_SIZE = 8192;
/// Its lowest word, checked at every switch.
constexpr ulong STACK_END_MAGIC = 0x57AC6E9D;

constexpr u32 CR0_TS = 1 << 3;  ///< the next instruction of the FPU traps (#NM)

inline u32 read_cr0() {
    u32 v;
    asm volatile("mov %%cr0, %0" : "=r"(v));
    return v;
}
inline u32 read_cr2() {
    u32 v;
    asm volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}
inline u32 read_cr3() {
    u32 v;
    asm volatile("mov %%cr3, %0" : "=r"(v));
    return v;
}
inline void write_cr3(u32 v) {
    asm volatile("mov %0, %%cr3" : : "r"(v) : "memory");
}
inline u32 read_cr4() {
    u32 v;
    asm volatile("mov %%cr4, %0" : "=r"(v));
    return v;
}
inline void write_cr4(u32 v) {
    asm volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}
inline void invlpg(ulong address) {
    asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

inline void local_irq_disable() {
    asm volatile("cli" : : : "memory");
}
inline void local_irq_enable() {
    asm volatile("sti" : : : "memory");
}
inline ulong local_irq_save() {
    ulong f;
    asm volatile("pushfl; popl %0; cli" : "=r"(f) : : "memory");
    return f;
}
inline void local_irq_restore(ulong f) {
    asm volatile("pushl %0; popfl" : : "r"(f) : "memory", "cc");
}
inline bool irqs_disabled() {
    ulong f;
    asm volatile("pushfl; popl %0" : "=r"(f));
    return !(f & 0x200);
}
/// STI; HLT in one breath: no interrupt can slip between them.
inline void safe_halt() {
    asm volatile("sti; hlt" : : : "memory");
}

inline void outb(u8 v, u16 port) {
    asm volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}
inline void outl(u32 v, u16 port) {
    asm volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}
inline u8 inb(u16 port) {
    u8 v;
    asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
/// `count` dwords through one port, upwards in memory.
inline void insl(u16 port, void* to, unsigned count) {
    asm volatile("rep insl" : "+D"(to), "+c"(count) : "d"(port) : "memory");
}
inline void outsl(u16 port, const void* from, unsigned count) {
    asm volatile("rep outsl" : "+S"(from), "+c"(count) : "d"(port) : "memory");
}

/// A segment descriptor (Intel SDM vol. 3, 3.4.5).
struct desc_struct {
    u32 a, b;
};
constexpr unsigned GDT_ENTRY_TLS_ENTRIES = 3;

/// What a task owns of the processor while it does not run, and what its last fault was.
struct thread_struct {
    ulong esp0;                                // top of its kernel stack, for the TSS
    ulong esp;                                 // kernel stack pointer while switched out
    ulong eip;                                 // where it goes on in kernel mode
    ulong cr2, trap_no, error_code;            // of the last fatal or signalled fault (MM_FACTS 4.19)
    u8 fpu[108] __attribute__((aligned(16)));  // FSAVE image
    bool used_math;                            // fpu[] or the FPU itself holds state of this task
    bool fpu_loaded;                           // the state is in the FPU now; fpu[] is stale
    desc_struct
        tls_array[GDT_ENTRY_TLS_ENTRIES];  // thread-local storage (set_thread_area); in the GDT while it runs
};
