// SPDX-License-Identifier: GPL-2.0-or-later
// User memory from the kernel: range checks here, the guarded moves in usercopy.S.
#include "arch/uaccess.h"

#include "arch/ptrace.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "lib/string.h"

extern "C" {
ulong __copy_user(void* to, const void* from, ulong count);
ulong __clear_user(void* to, ulong count);
int __get_user_byte(const void* from);
}

namespace {

struct exception_table_entry {
    ulong instruction, fixup;
};
extern "C" const exception_table_entry __start___ex_table[], __stop___ex_table[];

const exception_table_entry* find_entry(ulong eip) {
    for (const auto* entry = __start___ex_table; entry != __stop___ex_table; entry++) {
        if (entry->instruction == eip) return entry;
    }
    return nullptr;
}

}  // namespace

bool access_ok(const void* address, ulong size) {
    const ulong start = reinterpret_cast<ulong>(address);
    return (size <= TASK_SIZE && start <= TASK_SIZE - size) || current->kernel_buffers;
}

kernel_buffers::kernel_buffers() : before(current->kernel_buffers) {
    current->kernel_buffers = true;
}
kernel_buffers::~kernel_buffers() {
    current->kernel_buffers = before;
}

bool search_exception_table(ulong eip) {
    return find_entry(eip) != nullptr;
}

bool fixup_exception(pt_regs* regs) {
    const exception_table_entry* entry = find_entry(regs->eip);
    if (!entry) return false;
    regs->eip = entry->fixup;
    return true;
}

ulong copy_to_user(void* to, const void* from, ulong count) {
    return access_ok(to, count) ? __copy_user(to, from, count) : count;
}

ulong copy_from_user(void* to, const void* from, ulong count) {
    const ulong left = access_ok(from, count) ? __copy_user(to, from, count) : count;
    // What could not be read is zero, never an old content of the kernel's buffer.
    if (left != 0) memset(static_cast<u8*>(to) + (count - left), 0, left);
    return left;
}

ulong clear_user(void* to, ulong count) {
    return access_ok(to, count) ? __clear_user(to, count) : count;
}

long strncpy_from_user(char* to, const char* from, ulong size) {
    for (ulong i = 0; i < size; i++) {
        const int byte = access_ok(from + i, 1) ? __get_user_byte(from + i) : -1;
        if (byte < 0) return -EFAULT;
        to[i] = static_cast<char>(byte);
        if (byte == 0) return static_cast<long>(i);
    }
    return static_cast<long>(size);
}

long strnlen_user(const char* s, long limit) {
    for (long i = 0; i < limit; i++) {
        const int byte = access_ok(s + i, 1) ? __get_user_byte(s + i) : -1;
        if (byte < 0) return 0;
        if (byte == 0) return i + 1;
    }
    return limit + 1;
}
