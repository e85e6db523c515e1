// SPDX-License-Identifier: GPL-2.0-or-later
// The names are those of Linux's own functions, parameters and members.
#include "trace/event_rules.h"

namespace mmscope {

namespace {

constexpr FieldRule kResult{"result", "result", Show::Result};
constexpr FieldRule kNewPlace{"result", "result", Show::Place};
constexpr FieldRule kNewMm{"mm_struct", "result", Show::Address};

std::vector<EventRule> area_rules() {
    return {
        {.event = "vma.map",
         .function = "do_mmap_pgoff",
         .start = "addr",
         .end = "addr+len",
         .before = {{"length", "len"},
                    {"prot", "prot", Show::Protection},
                    {"flags", "flags", Show::Address},
                    {"pgoff", "pgoff"}},
         .after = {kNewPlace}},
        {.event = "vma.insert",
         .function = "insert_vm_struct",
         .start = "vma->vm_start",
         .end = "vma->vm_end",
         .before = {{"flags", "vma->vm_flags", Show::VmFlags}},
         .after = {kResult}},
        {.event = "vma.brk", .function = "do_brk", .start = "addr", .end = "addr+len", .after = {kNewPlace}},
        {.event = "vma.unmap",
         .function = "do_munmap",
         .start = "start",
         .end = "start+len",
         .after = {kResult}},
        {.event = "vma.split",
         .function = "split_vma",
         .start = "vma->vm_start",
         .end = "vma->vm_end",
         .before = {{"at", "addr", Show::Address}, {"new_below", "new_below"}},
         .after = {kResult}},
        {.event = "vma.merge",
         .function = "vma_merge",
         .start = "addr",
         .end = "end",
         .before = {{"flags", "vm_flags", Show::VmFlags}},
         .after = {{"merged_start", "result->vm_start", Show::Address},
                   {"merged_end", "result->vm_end", Show::Address}},
         .only_with_result = true},
        {.event = "vma.protect",
         .function = "mprotect_fixup",
         .start = "start",
         .end = "end",
         .before = {{"old_flags", "vma->vm_flags", Show::VmFlags}, {"flags", "newflags", Show::VmFlags}},
         .after = {kResult}},
        {.event = "vma.grow",
         .function = "expand_stack",
         .start = "vma->vm_start",
         .end = "vma->vm_end",
         .before = {{"address", "address", Show::Address}},
         .after = {{"new_start", "vma->vm_start", Show::Address}, kResult}},
        {.event = "vma.move",
         .function = "move_vma",
         .start = "r->vma->vm_start",
         .end = "r->vma->vm_end",
         .before = {{"new_address", "new_addr", Show::Address}},
         .after = {kNewPlace}},
    };
}

std::vector<EventRule> descriptor_rules() {
    return {
        {.event = "mm.alloc", .function = "mm_alloc", .after = {kNewMm}},
        {.event = "mm.dup",
         .function = "dup_mm",
         .before = {{"oldmm", "oldmm", Show::Address}},
         .after = {kNewMm}},
        {.event = "mm.get", .function = "mmget", .mm = "mm"},
        {.event = "mm.grab", .function = "mmgrab", .mm = "mm"},
        {.event = "mm.put", .function = "mmput", .mm = "mm"},
        {.event = "mm.drop", .function = "mmdrop", .mm = "mm", .frees_mm = true},
        {.event = "mm.borrow",
         .function = "enter_lazy_tlb",
         .before = {{"borrower", "task->pid"}},
         .mm = "mm"},
        {.event = "mm.exit",
         .function = "exit_mmap",
         .before = {{"map_count", "mm->map_count"}, {"total_vm", "mm->total_vm"}},
         .mm = "mm"},
    };
}

std::vector<EventRule> other_rules() {
    return {
        {.event = "sched.switch",
         .function = "context_switch",
         .before = {{"prev_pid", "prev->pid"},
                    {"prev_mm", "prev->mm", Show::Address},
                    {"prev_state", "prev->state"},
                    {"next_pid", "next->pid"},
                    {"next_mm", "next->mm", Show::Address}}},
        {.event = "swap.in",
         .function = "swap_readpage",
         .before = {{"entry", "p->private_", Show::Address}},
         .after = {kResult}},
        {.event = "swap.out",
         .function = "swap_writepage",
         .before = {{"entry", "p->private_", Show::Address}},
         .after = {kResult}},
        {.event = "syscall",
         .function = "do_system_call",
         .before = {{"number", "regs->orig_eax"},
                    {"call", "regs->orig_eax", Show::Call},
                    {"ebx", "regs->ebx", Show::Address},
                    {"ecx", "regs->ecx", Show::Address},
                    {"edx", "regs->edx", Show::Address},
                    {"esi", "regs->esi", Show::Address},
                    {"edi", "regs->edi", Show::Address},
                    {"ebp", "regs->ebp", Show::Address}},
         .after = {{"result", "regs->eax", Show::Place}}},
        {.event = "signal.send",
         .function = "send_signal_locked",
         .before = {{"signal", "signal", Show::Signal}, {"to_pid", "task->pid"}},
         .after = {kResult}},
        {.event = "signal.deliver",
         .function = "handle_signal",
         .before = {{"signal", "signal", Show::Signal}, {"eip", "regs->eip", Show::Address}}},
    };
}

}  // namespace

std::span<const EventRule> event_rules() {
    static const std::vector<EventRule> kRules = [] {
        std::vector<EventRule> rules = area_rules();
        for (const auto& more : {descriptor_rules(), other_rules()})
            rules.insert(rules.end(), more.begin(), more.end());
        return rules;
    }();
    return kRules;
}

}  // namespace mmscope
