// SPDX-License-Identifier: GPL-2.0-or-later
// modify_ldt for tables that grow, and the table's life in fork and exec.
#include "arch/ldt.h"

#include "arch/cpu.h"
#include "arch/ldt_record.h"
#include "arch/segment.h"
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

namespace {

constexpr int GROWTH = 512;  // entries: one page

ulong table_bytes(const mm_context_t* context) {
    return static_cast<ulong>(context->size) * LDT_ENTRY_SIZE;
}

/// Tables larger than a page need no contiguous frames. Zero-filled; null: out of memory.
void* new_table(ulong bytes) {
    if (bytes <= PAGE_SIZE) return kzalloc(bytes, GFP_KERNEL);
    void* table = vmalloc(bytes);
    if (table) memset(table, 0, bytes);
    return table;
}

void free_table(void* table, ulong bytes) {
    bytes <= PAGE_SIZE ? kfree(table) : vfree(table);
}

/// A table for at least `entries` that begins with the old one's. The processor reads the new one before the
/// old one is freed. Its lock is held. 0 or -ENOMEM.
int alloc_ldt(mm_context_t* context, int entries) {
    const int size = (entries + GROWTH - 1) & ~(GROWTH - 1);
    void* table = new_table(static_cast<ulong>(size) * LDT_ENTRY_SIZE);
    if (!table) return -ENOMEM;
    void* old = context->ldt;
    const ulong old_bytes = table_bytes(context);
    memcpy(table, old, old_bytes);
    preempt_disable();
    context->ldt = table;
    context->size = size;
    load_LDT_nolock(context);
    preempt_enable();
    free_table(old, old_bytes);
    return 0;
}

/// One piece of the table into `piece`: as much of it as there is, zeros behind.
void copy_piece(mm_context_t* context, ulong offset, u8* piece, ulong length) {
    mutex_guard guard(ldt_lock(context));
    const ulong end = table_bytes(context);
    const ulong there = offset < end ? min(end - offset, length) : 0;
    memcpy(piece, static_cast<const u8*>(context->ldt) + offset, there);
    memset(piece + there, 0, length - there);
}

}  // namespace

int init_new_context(mm_struct* mm) {
    mm_context_t* context = &mm->context;
    context->ldt = nullptr;
    context->size = 0;
    mutex_init(ldt_lock(context));
    if (!current->mm) return 0;
    mm_context_t* old = &current->mm->context;
    mutex_guard guard(ldt_lock(old));
    if (!old->size) return 0;
    context->ldt = new_table(table_bytes(old));
    if (!context->ldt) return -ENOMEM;
    memcpy(context->ldt, old->ldt, table_bytes(old));
    context->size = old->size;
    return 0;
}

void destroy_context(mm_struct* mm) {
    free_table(mm->context.ldt, table_bytes(&mm->context));
    mm->context.ldt = nullptr;
    mm->context.size = 0;
}

void load_LDT_nolock(const mm_context_t* context) {
    set_ldt(context->ldt, static_cast<unsigned>(context->size));
}

/// User memory is written without the lock: a fault there takes mmap_sem, which fork holds around the lock.
long read_ldt(void* to, ulong bytecount) {
    mm_context_t* context = &current->mm->context;
    if (!context->size) return 0;
    bytecount = min<ulong>(bytecount, LDT_ENTRIES * LDT_ENTRY_SIZE);
    u8 piece[512];
    for (ulong done = 0; done < bytecount;) {
        const ulong length = min<ulong>(sizeof piece, bytecount - done);
        copy_piece(context, done, piece, length);
        if (copy_to_user(static_cast<u8*>(to) + done, piece, length)) return -EFAULT;
        done += length;
    }
    return static_cast<long>(bytecount);
}

long write_ldt(const user_desc& wanted, LdtStyle style) {
    const int entry = static_cast<int>(wanted.entry_number);
    mm_context_t* context = &current->mm->context;
    mutex_guard guard(ldt_lock(context));
    if (entry >= context->size) {
        if (const int error = alloc_ldt(context, entry + 1)) return error;
    }
    static_cast<desc_struct*>(context->ldt)[entry] = descriptor_for(wanted, style);
    return 0;
}
