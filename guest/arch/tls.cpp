// SPDX-License-Identifier: GPL-2.0-or-later
// set_thread_area: segments for thread-local storage, as the C libraries of static i386 programs ask for
// them.
#include "arch/tls.h"

#include "arch/cpu.h"
#include "arch/segment.h"
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "kernel/sched.h"

namespace {

bool is_free(const desc_struct& d) {
    return d.a == 0 && d.b == 0;
}

/// Only 32-bit data segments are asked for here; the processor finds them accessed already.
desc_struct make_descriptor(const user_desc& u) {
    if (LDT_empty(u)) return {0, 0};
    desc_struct descriptor = fill_ldt(u);
    descriptor.b |= 1 << 8;
    return descriptor;
}

/// The inverse of make_descriptor.
user_desc describe(const desc_struct& d, u32 entry_number) {
    if (is_free(d)) return {entry_number, 0, 0, READ_EXEC_ONLY | SEG_NOT_PRESENT};
    u32 flags = SEG_32BIT | ((d.b >> 9) & CONTENTS_MASK);
    if (!(d.b & (1 << 9))) flags |= READ_EXEC_ONLY;
    if (!(d.b & (1 << 15))) flags |= SEG_NOT_PRESENT;
    if (d.b & (1 << 23)) flags |= LIMIT_IN_PAGES;
    if (d.b & (1 << 20)) flags |= USEABLE;
    const u32 base = (d.a >> 16) | ((d.b & 0xFF) << 16) | (d.b & 0xFF000000);
    return {entry_number, base, (d.a & 0xFFFF) | (d.b & 0xF0000), flags};
}

int find_free_slot(const task_struct* task) {
    for (unsigned i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++) {
        if (is_free(task->thread.tls_array[i])) return static_cast<int>(i);
    }
    return -ESRCH;
}

}  // namespace

int set_tls_area(task_struct* task, user_desc* from, TlsSlot allocate) {
    user_desc wanted;
    if (get_user(wanted, from)) return -EFAULT;
    int slot = static_cast<int>(wanted.entry_number - GDT_ENTRY_TLS_MIN);
    if (wanted.entry_number == ~0u) {
        if (allocate == TlsSlot::MustBeNamed) return -EINVAL;
        if ((slot = find_free_slot(task)) < 0) return slot;
        wanted.entry_number = GDT_ENTRY_TLS_MIN + static_cast<unsigned>(slot);
        if (put_user(wanted.entry_number, &from->entry_number)) return -EFAULT;
    }
    if (slot < 0 || slot >= static_cast<int>(GDT_ENTRY_TLS_ENTRIES)) return -EINVAL;
    if (!LDT_empty(wanted) && (!(wanted.flags & SEG_32BIT) || (wanted.flags & CONTENTS_CODE))) return -EINVAL;
    preempt_disable();
    task->thread.tls_array[slot] = make_descriptor(wanted);
    if (task == current) load_tls(task);
    preempt_enable();
    return 0;
}

long sys_set_thread_area(user_desc* area) {
    return set_tls_area(current, area, TlsSlot::MayBeChosen);
}

long sys_get_thread_area(user_desc* area) {
    user_desc asked;
    if (get_user(asked, area)) return -EFAULT;
    const u32 slot = asked.entry_number - GDT_ENTRY_TLS_MIN;
    if (slot >= GDT_ENTRY_TLS_ENTRIES) return -EINVAL;
    const user_desc found = describe(current->thread.tls_array[slot], asked.entry_number);
    return put_user(found, area) ? -EFAULT : 0;
}

void flush_tls() {
    preempt_disable();
    for (desc_struct& d : current->thread.tls_array)
        d = {0, 0};
    load_tls(current);
    preempt_enable();
}
