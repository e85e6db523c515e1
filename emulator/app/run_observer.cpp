// SPDX-License-Identifier: GPL-2.0-or-later
// Attributes the TLB's events to processes by reading the task list at each load of CR3.
#include "app/run_observer.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/audit_watch.h"
#include "app/tlb_watch.h"
#include "devices/state.h"
#include "introspect/walkers.h"
#include "mmu/tlb_shadow.h"

namespace mmscope {

RunObserver::RunObserver(Cpu& cpu, const Inspector* inspector, Listeners listeners)
    : cpu_(cpu), inspector_(inspector), listeners_(listeners) {}

bool RunObserver::wants_interrupt_returns() const {
    return listeners_.faults != nullptr || listeners_.tlb != nullptr ||
           (listeners_.audit != nullptr && listeners_.audit->wants_returns());
}

void RunObserver::page_fault(const PageFault& fault) {
    if (listeners_.audit != nullptr) listeners_.audit->before_fault(fault);
    ++faults_;
    if (listeners_.faults != nullptr) listeners_.faults->page_fault(fault);
}

void RunObserver::delivered(const Delivery& what) {
    if (listeners_.audit != nullptr) listeners_.audit->delivered(what);
}

void RunObserver::interrupt_return(const InterruptReturn& back) {
    if (listeners_.faults != nullptr) listeners_.faults->interrupt_return(back);
    if (listeners_.audit != nullptr) listeners_.audit->before_return(back);
    if (listeners_.tlb != nullptr) listeners_.tlb->before_return(back);
}

void RunObserver::tlb_filled(const Walk& walk, const CpuMoment& now) {
    if (listeners_.tlb != nullptr) listeners_.tlb->audit().filled(walk);
    if (listeners_.events != nullptr) listeners_.events->tlb_filled(walk, now);
}

void RunObserver::tlb_dropped(TlbDrop how, LinearAddr page, const CpuMoment& now) {
    if (listeners_.tlb != nullptr) listeners_.tlb->audit().dropped(how, page, now);
    if (listeners_.events != nullptr) listeners_.events->tlb_dropped(how, page, now);
}

void RunObserver::memory_written(const MemoryWrite& write, const CpuMoment& now) {
    if (listeners_.tlb != nullptr) listeners_.tlb->audit().written(write, now);
    if (listeners_.events != nullptr) listeners_.events->memory_written(write, now);
}

bool RunObserver::wants_tlb_events() const {
    return listeners_.tlb != nullptr ||
           (listeners_.events != nullptr && listeners_.events->wants_tlb_events());
}

bool RunObserver::wants_memory_writes() const {
    return listeners_.tlb != nullptr ||
           (listeners_.events != nullptr && listeners_.events->wants_memory_writes());
}

void RunObserver::instruction_reached(const InstructionReached& where) {
    if (listeners_.events != nullptr) listeners_.events->reached(where);
}

bool RunObserver::owns(const KernelMemory& kernel, const Record& task, PhysAddr directory) const {
    const KernelLayouts& layouts = kernel.kernel->layouts();
    const LinearAddr mm = task.pointer(layouts.task.mm);
    if (mm.value == 0) return false;
    const auto pgd = kernel.memory.read_u32(mm + layouts.mm.pgd.offset);
    if (!pgd) return false;
    const Walk walk = kernel.memory.walk(LinearAddr(*pgd));
    return walk.present && walk.physical == directory;
}

std::optional<RunObserver::Owner> RunObserver::find_owner(const KernelMemory& kernel, PhysAddr directory) {
    const TaskLayout& layout = kernel.kernel->layouts().task;
    const auto known = by_space_.find(directory.value);
    if (known != by_space_.end() && !layout.layout.read(kernel.memory, known->second.task, record_) &&
        record_.u32(layout.tgid) == known->second.tgid && owns(kernel, record_, directory)) {
        remember_name(kernel, record_, known->second.tgid);
        return known->second;
    }
    std::optional<Owner> owner;
    Problems problems;
    const auto visit = [&](const Record& task) {
        if (!owns(kernel, task, directory)) return true;
        owner = Owner{task.at(), task.u32(layout.tgid)};
        remember_name(kernel, task, owner->tgid);
        return false;
    };
    if (!for_each_process(kernel, visit, problems)) return std::nullopt;
    return owner;
}

void RunObserver::remember_name(const KernelMemory& kernel, const Record& task, uint32_t tgid) {
    const MemberPlace& comm = kernel.kernel->layouts().task.comm;
    names_[tgid] = task.text(comm.offset, comm.type->size);
}

void RunObserver::directory_load(PhysAddr directory) {
    if (inspector_ == nullptr) return;
    const auto kernel = inspector_->memory();
    if (!kernel) return;  // paging is off: the kernel is still setting itself up
    const Walk own = kernel->memory.walk(inspector_->kernel().layouts().swapper_pg_dir);
    if (own.present && own.physical == directory) {
        cpu_.set_process(0);
        return;
    }
    if (const auto owner = find_owner(*kernel, directory)) {
        by_space_[directory.value] = *owner;
        cpu_.set_process(owner->tgid);
    }
}

void RunObserver::state(StateVisitor& visitor) {
    std::vector<uint32_t> directories, tasks, processes, names;
    std::string text;  // the names, each with a 0 behind it
    for (const auto& [directory, owner] : by_space_) {
        directories.push_back(directory);
        tasks.push_back(owner.task.value);
        processes.push_back(owner.tgid);
    }
    for (const auto& [tgid, name] : names_) {
        names.push_back(tgid);
        text += name + '\0';
    }
    visitor.field("directories", directories);
    visitor.field("tasks", tasks);
    visitor.field("processes", processes);
    visitor.field("names", names);
    visitor.field("text", text);
    by_space_.clear();
    names_.clear();
    for (size_t i = 0; i < std::min({directories.size(), tasks.size(), processes.size()}); ++i)
        by_space_[directories[i]] = {LinearAddr(tasks[i]), processes[i]};
    std::string_view rest = text;
    for (const uint32_t tgid : names) {
        const size_t end = std::min(rest.find('\0'), rest.size());
        names_[tgid] = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

std::vector<ProcessTlb> RunObserver::tlb_by_process() const {
    std::vector<ProcessTlb> rows;
    for (const auto& [tgid, counters] : cpu_.tlb().by_process()) {
        const auto name = names_.find(tgid);
        const std::string comm = tgid == 0 ? "kernel" : name == names_.end() ? "?" : name->second;
        rows.push_back({fmt::format("{} ({})", tgid, comm), counters});
    }
    std::ranges::stable_sort(rows, std::greater{}, [](const ProcessTlb& row) { return row.counters.fills; });
    return rows;
}

}  // namespace mmscope
