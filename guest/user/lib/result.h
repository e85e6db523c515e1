// SPDX-License-Identifier: GPL-2.0-or-later
// How the library's functions turn the kernel's answers into C's.
#pragma once

#include <errno.h>
#include <sys/syscall.h>

/// Notes the errno of a negative answer and returns -1.
extern "C" long __set_errno(long answer);

/// The kernel's answer as C functions give it: values as they are, -4095 .. -1 as -1 with errno set.
inline long result(long answer) {
    return static_cast<unsigned long>(answer) >= static_cast<unsigned long>(-4095) ? __set_errno(answer)
                                                                                   : answer;
}

/// A pointer or a number as a system call's argument.
template <class T>
long arg(T* pointer) {
    return reinterpret_cast<long>(pointer);
}
inline long arg(long number) {
    return number;
}
