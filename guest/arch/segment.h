// SPDX-License-Identifier: GPL-2.0-or-later
// Segment descriptors as user programs ask for them: set_thread_area and modify_ldt share one record.
#pragma once

#include "arch/processor.h"
#include "arch/tls.h"

/// Bits of user_desc::flags. Those above are ignored.
enum : u32 {
    SEG_32BIT = 1 << 0,
    CONTENTS_MASK = 3 << 1,
    CONTENTS_CODE = 2 << 1,
    READ_EXEC_ONLY = 1 << 3,
    LIMIT_IN_PAGES = 1 << 4,
    SEG_NOT_PRESENT = 1 << 5,
    USEABLE = 1 << 6,
    USER_DESC_FLAGS = 0x7F,
};

/// The pattern that asks for an entry to be cleared.
inline bool LDT_empty(const user_desc& u) {
    return u.base_addr == 0 && u.limit == 0 &&
           (u.flags & USER_DESC_FLAGS) == (READ_EXEC_ONLY | SEG_NOT_PRESENT);
}

/// A code or data segment at DPL 3 (Intel SDM vol. 3, 3.4.5): system segments cannot come out of this.
inline desc_struct fill_ldt(const user_desc& u) {
    const u32 type = (u.flags & READ_EXEC_ONLY ? 0 : 1 << 9) | (u.flags & CONTENTS_MASK) << 9;
    const u32 present = u.flags & SEG_NOT_PRESENT ? 0 : 1 << 15;
    const u32 granularity = u.flags & LIMIT_IN_PAGES ? 1 << 23 : 0;
    const u32 size = u.flags & SEG_32BIT ? 1 << 22 : 0;
    const u32 useable = u.flags & USEABLE ? 1 << 20 : 0;
    constexpr u32 CODE_OR_DATA_DPL3 = 0x7000;
    return {(u.base_addr << 16) | (u.limit & 0xFFFF),
            (u.base_addr & 0xFF000000) | ((u.base_addr >> 16) & 0xFF) | (u.limit & 0xF0000) | type | present |
                granularity | size | useable | CODE_OR_DATA_DPL3};
}
