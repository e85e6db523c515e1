// SPDX-License-Identifier: GPL-2.0-or-later
// May the space be dumped: two bits of mm->flags, which the core filter stands behind (4.26, 5.8). Atomic bit
// operations only, no lock.
#pragma once

#include "mm/mm_types.h"

struct dumpable_flags {
    /// A new space is as its maker's (null: the first one).
    static void init(mm_struct* mm, const mm_struct* parent) {
        mm->flags = parent ? parent->flags & MMF_INIT_MASK : MMF_DUMP_FILTER_DEFAULT;
    }

    /// 0 no dump, 1 dump, 2 dump readable for the superuser only.
    static void set(mm_struct* mm, int value) {
        // In this order nobody sees "as root" without "dumpable" for longer than between two bits.
        put_bit(mm, MMF_DUMP_SECURELY, value == 2);
        put_bit(mm, MMF_DUMPABLE, value != 0);
    }
    static int get(const mm_struct* mm) {
        const ulong bits = mm->flags & (1ul << MMF_DUMPABLE | 1ul << MMF_DUMP_SECURELY);
        return bits >= 2 ? 2 : static_cast<int>(bits);
    }

  private:
    static void put_bit(mm_struct* mm, unsigned bit, bool on) {
        if (on) {
            set_bit(bit, &mm->flags);
        } else {
            clear_bit(bit, &mm->flags);
        }
    }
};
