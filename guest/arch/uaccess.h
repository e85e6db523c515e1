// SPDX-License-Identifier: GPL-2.0-or-later
// Access to user memory. A fault that the page-fault handler cannot serve ends in a fix-up: the copy stops.
#pragma once

#include "arch/pgtable.h"
#include "lib/types.h"

/// True if [address, address + size) lies below TASK_SIZE, or if the running task moves data of the kernel's
/// own.
bool access_ok(const void* address, ulong size);

/// While one exists, the running task's "user" buffers may be kernel memory: for calls of file operations on
/// the kernel's own behalf. What they are given must be trusted.
struct kernel_buffers {
    kernel_buffers();
    ~kernel_buffers();
    kernel_buffers(const kernel_buffers&) = delete;
    bool before;
};

/// Both return how many bytes could NOT be copied (0: all). They may sleep; no spin lock may be held.
ulong copy_to_user(void* to, const void* from, ulong count);
ulong copy_from_user(void* to, const void* from, ulong count);
/// Zeroes user memory; returns how many bytes could not be.
ulong clear_user(void* to, ulong count);
/// Copies a NUL-ended string of at most `size` bytes with its NUL. Returns its length without the NUL,
/// `size` if it is too long, or -EFAULT.
long strncpy_from_user(char* to, const char* from, ulong size);
/// Length of a user string with its NUL, at most `limit`; 0 on a fault; > limit if too long.
long strnlen_user(const char* s, long limit);

template <class T>
int get_user(T& value, const T* from);  // 0 or -EFAULT
template <class T>
int put_user(const T& value, T* to);  // 0 or -EFAULT

template <class T>
int get_user(T& value, const T* from) {
    return copy_from_user(&value, from, sizeof(T)) ? -14 : 0;
}
template <class T>
int put_user(const T& value, T* to) {
    return copy_to_user(to, &value, sizeof(T)) ? -14 : 0;
}

struct pt_regs;
/// If the faulting EIP has an entry in the exception table, sends it to the fix-up and returns true.
bool fixup_exception(pt_regs* regs);
/// True if EIP has an entry, without going there.
bool search_exception_table(ulong eip);
