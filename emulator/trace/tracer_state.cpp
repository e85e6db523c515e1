// SPDX-License-Identifier: GPL-2.0-or-later
// Faults that wait for their outcome, in a snapshot: a trace goes on where another one ended.
#include <algorithm>

#include "devices/state.h"
#include "trace/fault_tracer.h"
#include "trace/state_parts.h"

namespace mmscope {
namespace {

/// No machine has so many kernel stacks: a file that asks for memory.
constexpr size_t kMostPending = 1u << 16;

void visit_word(StateVisitor& visitor, std::string_view name, std::optional<uint32_t>& word) {
    visit_optional(visitor, name, word, [&](uint32_t& value) { visitor.field(name, value); });
}

void visit(StateVisitor& visitor, Walk& walk) {
    visitor.field("address", walk.address.value);
    visit_word(visitor, "pde", walk.pde);
    visit_word(visitor, "pte", walk.pte);
    visitor.field("pde_at", walk.pde_at.value);
    visitor.field("pte_at", walk.pte_at.value);
    for (bool* flag : {&walk.large, &walk.present, &walk.writable, &walk.user, &walk.global, &walk.dirty,
                       &walk.reserved}) {
        visitor.field("flag", *flag);
    }
    visitor.field("physical", walk.physical.value);
}

void visit(StateVisitor& visitor, PageFault& fault) {
    visitor.field("sequence", fault.sequence);
    visitor.field("time", fault.time.ns);
    visitor.field("instructions", fault.instructions);
    visitor.field("cr2", fault.cr2.value);
    visitor.field("error_code", fault.error_code);
    visitor.field("access", fault.access);
    fault.access = std::min(fault.access, Access::Fetch);
    visitor.field("eip", fault.eip.value);
    visitor.field("esp", fault.esp);
    visitor.field("cpl", fault.cpl);
    visitor.field("directory", fault.directory.value);
    visit(visitor, fault.walk);
    visitor.field("frame", fault.frame.value);
    visitor.field("code", fault.instruction);
    visitor.field("code_size", fault.instruction_size);
    fault.instruction_size = std::min(fault.instruction_size, static_cast<uint8_t>(fault.instruction.size()));
}

void visit(StateVisitor& visitor, FileModel& file) {
    visitor.field("major", file.major);
    visitor.field("minor", file.minor);
    visitor.field("inode", file.inode);
    visitor.field("size", file.size);
    visitor.field("path", file.path);
}

void visit(StateVisitor& visitor, VmaModel& vma) {
    visitor.field("at", vma.at.value);
    visitor.field("start", vma.start.value);
    visitor.field("end", vma.end.value);
    visitor.field("flags", vma.flags);
    visitor.field("page_prot", vma.page_prot);
    visitor.field("pgoff", vma.pgoff);
    visit_optional(visitor, "file", vma.file, [&](FileModel& file) { visit(visitor, file); });
    visitor.field("name", vma.name);
}

/// Only what is known before the outcome.
void visit(StateVisitor& visitor, FaultRecord& record) {
    visit(visitor, record.begin);
    visit_state(visitor, record.task);
    visit_optional(visitor, "vma", record.vma, [&](VmaModel& vma) { visit(visitor, vma); });
    visitor.field("entry_before", record.entry_before);
    visitor.field("instruction", record.instruction);
    visitor.field("symbol", record.symbol);
    visitor.field("note", record.note);
}

void visit(StateVisitor& visitor, PagingMode& mode) {
    visitor.field("directory", mode.directory.value);
    for (bool* flag : {&mode.paging, &mode.write_protect, &mode.large_pages, &mode.global_pages})
        visitor.field("flag", *flag);
}

}  // namespace

void FaultTracer::state(StateVisitor& visitor) {
    std::vector<uint32_t> frames;
    for (const Pending& pending : pending_)
        frames.push_back(pending.return_frame.value);
    visitor.field("return_frames", frames);
    pending_.resize(std::min(frames.size(), kMostPending));
    for (size_t i = 0; i < pending_.size(); ++i) {
        pending_[i].return_frame = LinearAddr(frames[i]);
        visit(visitor, pending_[i].mode);
        visit(visitor, pending_[i].record);
    }
    visit_optional(visitor, "zero_page", zero_page_,
                   [&](PhysAddr& frame) { visitor.field("frame", frame.value); });
}

}  // namespace mmscope
