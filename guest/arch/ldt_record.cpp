// SPDX-License-Identifier: GPL-2.0-or-later
// modify_ldt: the call, and what does not depend on how a space keeps its table.
#include "arch/ldt_record.h"

#include "arch/ldt.h"
#include "arch/uaccess.h"
#include "kernel/errno.h"
#include "mm/mm.h"

namespace {

constexpr ulong DEFAULT_LDT_SIZE = 5 * LDT_ENTRY_SIZE;

/// The table of programs that have none is empty.
long read_default_ldt(void* to, ulong bytecount) {
    const ulong size = min(bytecount, DEFAULT_LDT_SIZE);
    return clear_user(to, size) ? -EFAULT : static_cast<long>(size);
}

int check_record(const user_desc& wanted, LdtStyle style) {
    if (wanted.entry_number >= static_cast<u32>(LDT_ENTRIES)) return -EINVAL;
    // Conforming code lets everybody in: only as a note that is not present.
    if ((wanted.flags & CONTENTS_MASK) != CONTENTS_MASK) return 0;
    return style == LdtStyle::New && (wanted.flags & SEG_NOT_PRESENT) ? 0 : -EINVAL;
}

long write_record(const void* from, ulong bytecount, LdtStyle style) {
    user_desc wanted;
    if (bytecount != sizeof wanted) return -EINVAL;
    if (copy_from_user(&wanted, from, sizeof wanted)) return -EFAULT;
    const int error = check_record(wanted, style);
    return error ? error : write_ldt(wanted, style);
}

}  // namespace

desc_struct descriptor_for(const user_desc& wanted, LdtStyle style) {
    const bool zero = wanted.base_addr == 0 && wanted.limit == 0;
    if (zero && (style == LdtStyle::Old || LDT_empty(wanted))) return {0, 0};
    desc_struct descriptor = fill_ldt(wanted);
    if (style == LdtStyle::Old) descriptor.b &= ~(1u << 20);  // the old record had no "useable" bit
    return descriptor;
}

long sys_modify_ldt(int function, void* record, ulong bytecount) {
    switch (function) {
        case 0:
            return read_ldt(record, bytecount);
        case 1:
            return write_record(record, bytecount, LdtStyle::Old);
        case 2:
            return space_context::reads_default ? read_default_ldt(record, bytecount) : -ENOSYS;
        case 0x11:
            return write_record(record, bytecount, LdtStyle::New);
        default:
            return -ENOSYS;
    }
}
