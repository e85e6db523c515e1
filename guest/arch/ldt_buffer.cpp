// SPDX-License-Identifier: GPL-2.0-or-later
// modify_ldt for tables of one size, and the table's life.
#include "arch/ldt_buffer.h"

#include "arch/cpu.h"
#include "arch/ldt_record.h"
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/vmalloc.h"

namespace {

constexpr ulong BUFFER_BYTES = LDT_ENTRIES * LDT_ENTRY_SIZE;

// Only some editions note which processors have loaded the table.
template <class Context>
void note(Context* context, ulong processors) {
    if constexpr (requires { context->cpuvalid; }) context->cpuvalid = processors;
}
template <class Context>
ulong noted(const Context* context) {
    if constexpr (requires { context->cpuvalid; }) {
        return context->cpuvalid;
    } else {
        return 1;
    }
}

/// The running program's table, made if need be. Null: out of memory. mmap_sem held for writing.
desc_struct* get_table(mm_struct* mm) {
    assert_held_write(&mm->mmap_sem);
    if (!mm->context.segments) {
        void* table = vmalloc(BUFFER_BYTES);
        if (!table) return nullptr;
        memset(table, 0, BUFFER_BYTES);
        preempt_disable();
        mm->context.segments = table;
        note(&mm->context, 0);
        load_LDT(mm);
        preempt_enable();
    }
    return static_cast<desc_struct*>(mm->context.segments);
}

}  // namespace

void forget_segments(mm_struct* mm) {
    mm->context.segments = nullptr;
    note(&mm->context, ~0ul);
}

bool has_loaded_LDT(const mm_struct* mm) {
    return noted(&mm->context) & 1;
}

void load_LDT(mm_struct* mm) {
    set_ldt(mm->context.segments, mm->context.segments ? static_cast<unsigned>(LDT_ENTRIES) : 0);
    note(&mm->context, noted(&mm->context) | 1);
}

void copy_segments(mm_struct* mm, const mm_struct* oldmm) {
    const void* old = oldmm->context.segments;
    if (!old) return;
    void* table = vmalloc(BUFFER_BYTES);
    if (!table) {
        printk("fork: no memory for the LDT of a child of %s\n", current->comm);
        return;
    }
    memcpy(table, old, BUFFER_BYTES);
    mm->context.segments = table;
}

void release_segments(mm_struct* mm) {
    void* table = mm->context.segments;
    if (!table) return;
    preempt_disable();
    mm->context.segments = nullptr;
    if (cpu_tlbstate.active_mm == mm) load_LDT(mm);
    preempt_enable();
    vfree(table);
}

long read_ldt(void* to, ulong bytecount) {
    const void* table = current->mm->context.segments;  // stays as long as its space has users
    if (!table) return 0;
    bytecount = min(bytecount, BUFFER_BYTES);
    return copy_to_user(to, table, bytecount) ? -EFAULT : static_cast<long>(bytecount);
}

long write_ldt(const user_desc& wanted, LdtStyle style) {
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    desc_struct* table = get_table(mm);
    if (table) table[wanted.entry_number] = descriptor_for(wanted, style);
    up_write(&mm->mmap_sem);
    return table ? 0 : -ENOMEM;
}
