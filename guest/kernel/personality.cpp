// SPDX-License-Identifier: GPL-2.0-or-later
// The system call of kernel/personality.h.
#include "kernel/personality.h"

long sys_personality(ulong wanted) {
    const ulong old = current->personality;
    if (wanted != PERSONALITY_QUERY) current->personality = wanted;
    return static_cast<long>(old);
}
