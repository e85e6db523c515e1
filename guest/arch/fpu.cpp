// SPDX-License-Identifier: GPL-2.0-or-later
// Lazy switching of the x87 state with FNSAVE and FRSTOR.
#include "arch/fpu.h"

#include "kernel/process.h"
#include "kernel/sched.h"
#include "lib/string.h"

namespace {

void clts() {
    asm volatile("clts");
}
void stts() {
    asm volatile("mov %0, %%cr0" : : "r"(read_cr0() | CR0_TS));
}

/// FNSAVE also resets the FPU, so its contents are nobody's afterwards.
void store(task_struct* task) {
    asm volatile("fnsave %0; fwait" : "=m"(task->thread.fpu));
    task->thread.fpu_loaded = false;
    stts();
}

}  // namespace

void load_fpu(task_struct* task) {
    clts();
    if (task->thread.used_math) {
        asm volatile("frstor %0" : : "m"(task->thread.fpu));
    } else {
        asm volatile("fninit");
        task->thread.used_math = true;
    }
    task->thread.fpu_loaded = true;
}

int take_fpu_error(task_struct* task) {
    const ulong flags = local_irq_save();
    if (task->thread.fpu_loaded) store(task);
    local_irq_restore(flags);
    u16 control, status;
    memcpy(&control, task->thread.fpu, sizeof control);
    memcpy(&status, task->thread.fpu + 4, sizeof status);
    const u16 raised = status & static_cast<u16>(~control) & 0x3F;
    status &= 0x7F00;  // exception flags, stack fault, summary and busy bits: off
    memcpy(task->thread.fpu + 4, &status, sizeof status);
    // SDM vol. 1, 8.1.3: invalid, denormal, divide by zero, overflow, underflow, precision.
    constexpr int FPE_FLTDIV = 3, FPE_FLTOVF = 4, FPE_FLTUND = 5, FPE_FLTRES = 6, FPE_FLTINV = 7;
    if (raised & 0x01) return FPE_FLTINV;
    if (raised & 0x04) return FPE_FLTDIV;
    if (raised & 0x08) return FPE_FLTOVF;
    if (raised & 0x12) return FPE_FLTUND;
    return FPE_FLTRES;
}

void switch_out_fpu(task_struct* prev) {
    if (prev->thread.fpu_loaded) store(prev);
}

void save_fpu(task_struct* task) {
    const ulong flags = local_irq_save();
    if (task->thread.fpu_loaded) store(task);
    local_irq_restore(flags);
}

void restore_fpu(task_struct* task) {
    // fpu[] is newer than the registers: they are dropped, and the next use loads fpu[].
    const ulong flags = local_irq_save();
    if (task->thread.fpu_loaded) {
        task->thread.fpu_loaded = false;
        stts();
    }
    local_irq_restore(flags);
}

void flush_thread() {
    restore_fpu(current);
    current->thread.used_math = false;
}
