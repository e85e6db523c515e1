// SPDX-License-Identifier: GPL-2.0-or-later
// A page fault as a value: everything that is known of it at the moment the CPU raises it.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "devices/scheduler.h"
#include "mmu/page_walk.h"

namespace mmscope {

struct PageFault {
    uint64_t sequence;  // 0, 1, 2, ... for the life of the machine
    VirtualTime time;
    uint64_t instructions;  // guest instructions retired before it, to the block
    LinearAddr cr2;         // the faulting byte
    uint32_t error_code;    // kFaultProtection | kFaultWrite | kFaultUser
    Access access;
    LinearAddr eip;  // linear: CS base + EIP of the instruction that faulted
    uint32_t esp;    // before delivery
    uint8_t cpl;
    PhysAddr directory;                   // CR3 at the fault
    Walk walk;                            // the walk that refused
    LinearAddr frame;                     // linear address of the pushed error code: names this delivery
    std::array<uint8_t, 15> instruction;  // its bytes, as many as instruction_size
    uint8_t instruction_size;             // 0 if they could not be read (fetch faults)
};

/// An IRET about to execute at CPL 0 while a fault may be waiting for its outcome.
struct InterruptReturn {
    VirtualTime time;
    uint64_t instructions;
    LinearAddr frame;  // linear address of the EIP slot that IRET will pop (PageFault::frame + 4)
    uint32_t eip, cs;  // what it will return to
};

}  // namespace mmscope
