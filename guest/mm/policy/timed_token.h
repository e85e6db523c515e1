// SPDX-License-Identifier: GPL-2.0-or-later
// The swap token, given by time (4.23): who has it keeps it while it goes on reading pages in, until it has
// had it for swap_token_default_timeout. With a timeout of 0, as it is from the start, it changes hands but
// spares nobody. swap_token_time is written under swap_token_lock.
#pragma once

#include "mm/mm_types.h"

extern mm_struct* swap_token_mm;          // never null: init_mm, if nobody else has it
extern ulong swap_token_default_timeout;  // ticks

struct timed_token {
    /// fork: what the parent may not do yet, the child may not either.
    static void fork(mm_struct*) {}
    /// A page of current's space has to be read from a swap area: the token may be due.
    static void grab();
    static bool held_by(const mm_struct* mm) { return swap_token_default_timeout && mm == swap_token_mm; }
    /// The space ends.
    static void put(mm_struct* mm);
    /// Memory is so short that nobody is spared.
    static void disable();
    /// Debug build: init_mm, or a living space, has the token (INV-39). `mm`: who is told in a panic.
    static void validate(const mm_struct* mm);
};
