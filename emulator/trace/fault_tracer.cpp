// SPDX-License-Identifier: GPL-2.0-or-later
// From page_fault() to interrupt_return(), with the tasks that sleep or die in between.
#include "trace/fault_tracer.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "introspect/decode.h"
#include "trace/current_task.h"

namespace mmscope {

namespace {

constexpr int32_t kTaskDead = 64;  // task_struct::state of a task that will never run again

std::optional<MmPages> pages_of(const KernelMemory& now, LinearAddr mm) {
    const MmLayout& layout = now.kernel->layouts().mm;
    if (mm.value == 0) return std::nullopt;
    Record record;
    if (layout.layout.read(now.memory, mm, record)) return std::nullopt;
    const uint32_t rss =
        layout.rss ? record.u32(layout.rss) : record.u32(layout.file_rss) + record.u32(layout.anon_rss);
    return MmPages{rss, record.u32(layout.total_vm)};
}

uint32_t entry_of(const Walk& walk) {
    return walk.large ? walk.pde.value_or(0) : walk.pte.value_or(0);
}

}  // namespace

FaultTracer::FaultTracer(const Inspector& inspector, TraceOutput* output)
    : inspector_(inspector), output_(output) {}

void FaultTracer::page_fault(const PageFault& fault) {
    Pending pending;
    pending.return_frame = fault.frame + 4;
    pending.record.begin = fault;
    pending.record.entry_before = entry_of(fault.walk);
    describe_instruction(pending.record);
    if (const auto now = inspector_.memory()) {
        pending.mode = now->moment.paging;
        settle_dead(*now);
        identify(*now, pending.record);
    } else {
        pending.record.note = now.error().message;
    }
    // A kernel stack that is used again: who waited there before is gone.
    std::erase_if(pending_, [&](Pending& other) {
        if (other.return_frame != pending.return_frame) return false;
        settle_without_return(other, FaultExit::NeverReturned);
        return true;
    });
    pending_.push_back(std::move(pending));
}

void FaultTracer::identify(const KernelMemory& now, FaultRecord& record) {
    const auto task = current_task(now);
    if (!task) {
        record.note = task.error().message;
        return;
    }
    record.task = *task;
    if (task->mm.value == 0 || record.begin.cr2.value >= kPageOffset) return;
    Problems problems;
    record.vma = decode_vma_at(now, task->mm, record.begin.cr2, problems);
    if (!problems.empty()) record.note = problems.front();
}

void FaultTracer::describe_instruction(FaultRecord& record) {
    const PageFault& fault = record.begin;
    record.instruction =
        instructions_.of(fault.eip, std::span(fault.instruction).first(fault.instruction_size));
    if (fault.cpl == 0) record.symbol = inspector_.kernel().symbols().describe(fault.eip);
}

void FaultTracer::describe_fetched(const GuestMemory& user, FaultRecord& record) {
    const LinearAddr eip = record.begin.eip;
    std::array<uint8_t, 15> code;
    const size_t to_page_end = std::min<size_t>(code.size(), (1u << kPageShift) - eip.page_offset());
    for (const size_t size : {code.size(), to_page_end}) {
        const std::span<uint8_t> part(code.data(), size);
        if (user.read(eip, std::as_writable_bytes(part))) continue;
        record.instruction = instructions_.of(eip, part);
        return;
    }
}

void FaultTracer::interrupt_return(const InterruptReturn& back) {
    if (pending_.empty()) return;
    const auto it = std::find_if(pending_.begin(), pending_.end(),
                                 [&](const Pending& p) { return p.return_frame == back.frame; });
    if (it == pending_.end()) return;
    const auto now = inspector_.memory();
    if (!now) return;
    Pending pending = std::move(*it);
    pending_.erase(it);
    const auto current = now->memory.read_u32(now->kernel->layouts().current_task);
    const bool same_task = current == pending.record.task.at.value && still_alive(*now, pending.record.task);
    if (same_task || pending.record.task.at.value == 0) {
        settle_returned(*now, pending, back);
    } else {
        settle_without_return(pending, FaultExit::NeverReturned);
    }
}

bool FaultTracer::still_alive(const KernelMemory& now, const FaultTask& task) const {
    if (task.at.value == 0) return true;  // nobody knows who it was
    const auto model = decode_task_at(now, task.at, WalkPath("task"));
    return model && model->pid == task.pid && model->exit_state == 0 && !(model->state & kTaskDead);
}

void FaultTracer::settle_dead(const KernelMemory& now) {
    std::erase_if(pending_, [&](Pending& pending) {
        if (still_alive(now, pending.record.task)) return false;
        settle_without_return(pending, FaultExit::NeverReturned);
        return true;
    });
}

FaultEvidence FaultTracer::evidence_of(const Pending& pending, FaultExit exit) const {
    const FaultRecord& record = pending.record;
    FaultEvidence evidence;
    evidence.address = record.begin.cr2;
    evidence.error_code = record.begin.error_code;
    evidence.before = record.begin.walk;
    evidence.mode = pending.mode;
    evidence.access = record.begin.access;
    evidence.vma_before = record.vma ? &*record.vma : nullptr;
    evidence.zero_page = zero_page_;
    evidence.write_lets_read = inspector_.kernel().meaning().write_lets_read;
    evidence.exit = exit;
    return evidence;
}

void FaultTracer::settle_without_return(Pending& pending, FaultExit exit) {
    const FaultVerdict verdict = classify_fault(evidence_of(pending, exit));
    pending.record.kind = verdict.kind;
    pending.record.outcome = verdict.outcome;
    emit(pending.record);
}

void FaultTracer::settle_returned(const KernelMemory& now, Pending& pending, const InterruptReturn& back) {
    FaultRecord& record = pending.record;
    const bool to_kernel = (back.cs & 3) == 0;
    const FaultExit exit = back.eip == record.begin.eip.value ? FaultExit::SameInstruction
                           : to_kernel                        ? FaultExit::ElsewhereInKernel
                                                              : FaultExit::ElsewhereInUser;
    zero_page_ = zero_page(now);
    FaultEvidence evidence = evidence_of(pending, exit);
    const GuestMemory user = now.memory.through(record.begin.directory);
    evidence.after = user.walk(record.begin.cr2);
    record.entry_after = entry_of(evidence.after);
    if (evidence.after.present) record.frame = evidence.after.physical.page();
    if (record.begin.instruction_size == 0) describe_fetched(user, record);
    record.duration_ns = back.time - record.begin.time;

    std::optional<VmaModel> grown;
    if (!record.vma && record.task.mm.value != 0 && record.begin.cr2.value < kPageOffset) {
        Problems problems;
        grown = decode_vma_at(now, record.task.mm, record.begin.cr2, problems);
        evidence.vma_after = grown ? &*grown : nullptr;
    }
    const FaultVerdict verdict = classify_fault(evidence);
    record.kind = verdict.kind;
    record.outcome = verdict.outcome;
    if (record.kind == FaultKind::StackGrowth) record.vma = std::move(grown);
    if (output_ && output_->wants_pages()) record.pages = pages_of(now, record.task.mm);
    emit(record);
}

std::optional<PhysAddr> FaultTracer::zero_page(const KernelMemory& now) {
    if (zero_page_) return zero_page_;
    const KernelLayouts& layouts = now.kernel->layouts();
    LinearAddr at = layouts.empty_zero_page;
    if (at.value == 0) return std::nullopt;
    if (layouts.zero_page_is_pointer) at = LinearAddr(now.memory.read_u32(at).value_or(0));
    const Walk walk = now.memory.walk(at);
    return walk.present ? std::optional(walk.physical) : std::nullopt;
}

void FaultTracer::emit(const FaultRecord& record) {
    summary_.add(record);
    if (output_) output_->write(record);
}

void FaultTracer::finish() {
    if (const auto now = inspector_.memory()) settle_dead(*now);
    for (Pending& pending : pending_)
        settle_without_return(pending, FaultExit::RunEnded);
    pending_.clear();
}

}  // namespace mmscope
