// SPDX-License-Identifier: GPL-2.0-or-later
// Which function of the guest's kernel is which event, and what of its arguments is worth telling.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "trace/event_record.h"

namespace mmscope {

/// What to tell. `value` is a sum of terms: a parameter of the function by name, "result", or members behind
/// one of them ("vma->vm_start", "start+len").
struct FieldRule {
    std::string_view key, value;
    Show show = Show::Number;
};

struct EventRule {
    std::string_view event, function;
    std::string_view start = {}, end = {};           // the range, as the call begins; empty: none
    std::vector<FieldRule> before = {}, after = {};  // read as the call begins, and as it returns
    std::string_view mm = {};       // whose counters are told before and after; empty: nobody's
    bool frees_mm = false;          // a call that brings mm_count to 0 ends the descriptor
    bool only_with_result = false;  // a result of 0 means that nothing happened
};

std::span<const EventRule> event_rules();

}  // namespace mmscope
