// SPDX-License-Identifier: GPL-2.0-or-later
// Jumping back over function borders. The signal mask is not part of it.
#pragma once

struct __jmp_buf_registers {
    unsigned long ebx, esi, edi, ebp, esp, eip;
};
typedef __jmp_buf_registers jmp_buf[1];

extern "C" {
int setjmp(jmp_buf registers) __attribute__((returns_twice));
[[noreturn]] void longjmp(jmp_buf registers, int value);
}
