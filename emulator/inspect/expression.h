// SPDX-License-Identifier: GPL-2.0-or-later
// Expressions over the guest's variables: `init_mm.mmlist.next`, `task(3)->mm->mmap[0].vm_flags`, `&init_mm`,
// `*current_task`. Names, task(PID), '.', '->', '[N]', '*', '&' and parentheses; no casts and no arithmetic.
#pragma once

#include <string>
#include <string_view>

#include "inspect/command_call.h"
#include "introspect/objects.h"

namespace mmscope {

/// An object of the guest, or, behind '&', its address.
struct Evaluated {
    TypedRef object;
    bool address_of = false;
    std::string owner, member;  // the structure and member the object was reached through last; or empty
};

/// `objects` must outlive the result. Error: where the text is wrong, the nearest known name, or what could
/// not be read with its path.
Result<Evaluated> evaluate(const Objects& objects, std::string_view text);

/// A place to look at: the memory it is in and its address.
struct Place {
    GuestMemory memory;
    LinearAddr address;
};
/// "0xc0123400", "c0123400", "PID:ADDR" (in the space of a process), "do_page_fault+0x10", or an expression:
/// of a pointer where it points, of anything else where it stands.
Result<Place> parse_place(const CommandCall& call, const Objects& objects, std::string_view word);

}  // namespace mmscope
