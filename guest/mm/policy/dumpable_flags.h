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

    /// Which kinds of areas a dump has: the bits MMF_DUMP_ANON_PRIVATE and so on, at their places. set_filter
    /// takes them shifted down, as /proc shows them.
    static ulong filter(const mm_struct* mm) { return mm->flags & kFilter; }
    static void set_filter(mm_struct* mm, ulong kinds) {
        for (unsigned i = 0; i < MMF_DUMP_FILTER_BITS; i++)
            put_bit(mm, MMF_DUMP_FILTER_SHIFT + i, kinds >> i & 1);
    }
    /// Bits that mean nothing (INV-37): 0.
    static ulong unknown(const mm_struct* mm) { return mm->flags & ~MMF_INIT_MASK; }

  private:
    static constexpr ulong kFilter = ((1ul << MMF_DUMP_FILTER_BITS) - 1) << MMF_DUMP_FILTER_SHIFT;

    static void put_bit(mm_struct* mm, unsigned bit, bool on) {
        if (on) {
            set_bit(bit, &mm->flags);
        } else {
            clear_bit(bit, &mm->flags);
        }
    }
};
