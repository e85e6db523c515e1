// SPDX-License-Identifier: GPL-2.0-or-later
// An event of a trace that is no page fault: one call of a function of the guest's kernel, seen from outside,
// or something that its processor did.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/fault_record.h"

namespace mmscope {

/// How a value is shown.
enum class Show : uint8_t {
    Address,  // 0x%08x
    Number,
    Result,      // a signed number, or the name of an errno: "-ENOMEM"
    Place,       // an address, or the name of an errno
    VmFlags,     // "read|write|mayread"
    Protection,  // PROT_*: "read|write"
    Signal,      // "SIGSEGV"
    Text,        // its text alone
    Call,        // the function that serves this system call: "sys_mmap2"
};

struct EventField {
    std::string_view key;
    Show show = Show::Number;
    uint32_t value = 0;
    std::string text;  // in words; empty for Show::Number
};

struct EventRange {
    LinearAddr start, end;  // half-open
};

struct EventRecord {
    std::string_view event;  // "vma.map"
    std::string function;    // "do_mmap_pgoff"; of the processor's events the place that was executed
    VirtualTime time;        // of the call
    uint64_t instructions = 0;
    FaultTask task;                       // who called
    std::optional<EventRange> range;      // user addresses it is about
    std::optional<uint64_t> duration_ns;  // virtual; none: it did not return
    std::vector<EventField> fields;       // in the order of the rule
};

/// The words for a value; empty for Show::Number, Show::Text and Show::Call.
std::string show_value(Show show, uint32_t value);

}  // namespace mmscope
