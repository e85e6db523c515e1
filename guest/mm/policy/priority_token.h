// SPDX-License-Identifier: GPL-2.0-or-later
// The swap token, given by priority (4.23): of many spaces that wait for their pages one keeps what it has
// got, so that it gets on. Who faults ever more often has a growing claim. faultstamp, token_priority and
// last_interval are written under swap_token_lock, or before anybody else knows the space.
#pragma once

#include "mm/mm_types.h"

extern mm_struct* swap_token_mm;  // who is spared by page_referenced while it waits for its pages; or null

struct priority_token {
    /// fork: the claim is not inherited, and one that is shared begins anew.
    static void fork(mm_struct* mm) { mm->token_priority = mm->last_interval = 0; }
    /// A page of current's space has to be read from a swap area: its claim to the token.
    static void grab();
    static bool held_by(const mm_struct* mm) { return mm == swap_token_mm; }
    /// The space ends.
    static void put(mm_struct* mm);
    /// Memory is so short that nobody is spared.
    static void disable();
    /// Debug build: nobody, or a living space, has the token (INV-39). `mm`: who is told in a panic.
    static void validate(const mm_struct* mm);
};
