// SPDX-License-Identifier: GPL-2.0-or-later
// GDT and TSS. Segments are flat; protection is paging's business.
#include "arch/cpu.h"

#include "kernel/sched.h"

namespace {

constexpr u32 FLAT_CODE_DPL0 = 0x00CF9A00, FLAT_DATA_DPL0 = 0x00CF9200;
constexpr u32 FLAT_CODE_DPL3 = 0x00CFFA00, FLAT_DATA_DPL3 = 0x00CFF200;

/// 32-bit task-state segment (SDM vol. 3, 7.2.1). Only the ring 0 stack is used: tasks are switched in
/// software.
struct tss_struct {
    u32 back_link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
    u32 eax, ecx, edx, ebx, esp, ebp, esi, edi, es, cs, ss, ds, fs, gs, ldt;
    u16 trace, io_bitmap_base;
};
static_assert(sizeof(tss_struct) == 104);

tss_struct init_tss;

constexpr u32 CR0_MP = 1 << 1, CR0_EM = 1 << 2, CR0_NE = 1 << 5;

constexpr u32 LDT_DESCRIPTOR = 0x8200, AVAILABLE_TSS32 = 0x8900;

/// A descriptor of a table that the processor itself reads, up to 64 KiB long (SDM vol. 3, 3.5).
desc_struct system_descriptor(const void* at, u32 limit, u32 kind) {
    const u32 base = reinterpret_cast<u32>(at);
    return {(base << 16) | limit, (base & 0xFF000000) | kind | ((base >> 16) & 0xFF)};
}

}  // namespace

// Selectors 0x60, 0x68, 0x73 and 0x7B (arch/processor.h).
extern "C" {
constinit desc_struct gdt_table[GDT_ENTRIES] = {
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {0xFFFF, FLAT_CODE_DPL0},
    {0xFFFF, FLAT_DATA_DPL0},
    {0xFFFF, FLAT_CODE_DPL3},
    {0xFFFF, FLAT_DATA_DPL3},
};
struct __attribute__((packed)) table_register {
    u16 limit;
    const void* base;
};
extern constinit const table_register gdt_descriptor = {sizeof gdt_table - 1, gdt_table};
}

void cpu_init() {
    init_tss.ss0 = __KERNEL_DS;
    init_tss.io_bitmap_base = sizeof(tss_struct);  // beyond the limit: no port is open to user mode
    gdt_table[GDT_ENTRY_TSS] = system_descriptor(&init_tss, sizeof(tss_struct) - 1, AVAILABLE_TSS32);
    asm volatile("ltr %w0" : : "r"(GDT_ENTRY_TSS * 8));
    set_ldt(nullptr, 0);
    const u32 cr0 = (read_cr0() & ~CR0_EM) | CR0_MP | CR0_TS | CR0_NE;
    asm volatile("mov %0, %%cr0" : : "r"(cr0));
}

void set_kernel_stack(ulong esp0) {
    init_tss.esp0 = esp0;
}

void set_ldt(const void* table, unsigned entries) {
    if (entries == 0) {
        asm volatile("lldt %w0" : : "r"(0));
        return;
    }
    gdt_table[GDT_ENTRY_LDT] = system_descriptor(table, entries * sizeof(desc_struct) - 1, LDT_DESCRIPTOR);
    asm volatile("lldt %w0" : : "r"(GDT_ENTRY_LDT * 8));
}

void load_tls(const task_struct* task) {
    for (unsigned i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++)
        gdt_table[GDT_ENTRY_TLS_MIN + i] = task->thread.tls_array[i];
    u32 fs, gs;
    asm volatile("mov %%fs, %0\n\tmov %%gs, %1" : "=r"(fs), "=r"(gs));
    if (fs | gs) asm volatile("mov %0, %%fs\n\tmov %0, %%gs" : : "r"(0));
}
