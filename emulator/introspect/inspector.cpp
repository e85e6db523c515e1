// SPDX-License-Identifier: GPL-2.0-or-later
// Ties image, memory and time together, and answers in models or rendered.
#include "introspect/inspector.h"

#include <fmt/format.h>

#include <utility>

#include "introspect/decode.h"
#include "introspect/views.h"
#include "introspect/walkers.h"

namespace mmscope {

namespace {

/// The kernel's own page directory shows all of its memory; a process's may lag behind in vmalloc space
/// (MM_FACTS 4.25). Without the symbol, or before it is set up, what the processor uses has to do.
GuestMemory through_master(const GuestMemory& memory, LinearAddr swapper_pg_dir) {
    if (swapper_pg_dir.value < kPageOffset) return memory;
    // First where the linear map has it, so that a damaged directory of a process does no harm.
    const Walk walk = memory.walk(swapper_pg_dir);
    for (const PhysAddr at : {PhysAddr(swapper_pg_dir.value - kPageOffset), walk.physical}) {
        if (at.page_offset() != 0 || (at == walk.physical && !walk.present)) continue;
        const GuestMemory master = memory.through(at);
        const Walk itself = master.walk(swapper_pg_dir);
        if (itself.present && itself.physical == at) return master;
    }
    return memory;
}

Result<TaskModel> find_task(const TaskListModel& list, uint32_t pid) {
    for (const TaskModel& task : list.tasks) {
        if (task.pid == pid) return task;
    }
    return fail(fmt::format("no task has pid {}", pid));
}

WalkPath path_to_mm(const TaskModel& task) {
    return WalkPath(fmt::format("task {}", task.pid)).then("mm");
}

MmModel unreadable_mm(const KernelMemory& memory, LinearAddr at, const Error& why) {
    MmModel mm;
    mm.moment = memory.moment;
    mm.at = at;
    mm.problems.push_back(why.message);
    return mm;
}

/// All thread-group leaders that have an address space. One that cannot be decoded becomes a problem of its
/// own.
std::vector<Process> processes_of(const KernelMemory& memory, const TaskListModel& list) {
    std::vector<Process> processes;
    for (const TaskModel& task : list.tasks) {
        if (!task.is_leader() || task.is_kernel_thread()) continue;
        auto mm = decode_mm(memory, task.mm, path_to_mm(task));
        processes.push_back({task, mm ? std::move(*mm) : unreadable_mm(memory, task.mm, mm.error())});
    }
    return processes;
}

std::string mm_text_of_all(const std::vector<Process>& processes) {
    std::string out;
    for (const Process& process : processes)
        out += mm_text(process);
    return out;
}

}  // namespace

Result<DumpWhat> parse_dump_what(std::string_view word) {
    if (word == "tasks") return DumpWhat::Tasks;
    if (word == "mm") return DumpWhat::Mm;
    if (word == "maps") return DumpWhat::Maps;
    return fail(fmt::format("'{}' is nothing that can be dumped; there are: tasks, mm, maps", word));
}

Inspector::Inspector(Kernel kernel, const PhysicalReader& memory, MomentSource now)
    : kernel_(std::move(kernel)), memory_(memory), now_(std::move(now)) {}

Result<std::unique_ptr<Inspector>> Inspector::open(const std::string& kernel_path,
                                                   const PhysicalReader& memory, MomentSource now) {
    auto image = KernelImage::open(kernel_path);
    if (!image) return std::unexpected(image.error());
    auto kernel = Kernel::open(std::move(*image));
    if (!kernel) return std::unexpected(kernel.error());
    return std::unique_ptr<Inspector>(new Inspector(std::move(*kernel), memory, std::move(now)));
}

Result<std::unique_ptr<Inspector>> Inspector::from_bytes(std::span<const std::byte> elf,
                                                         std::string_view name, const PhysicalReader& memory,
                                                         MomentSource now) {
    auto image = KernelImage::from_bytes(elf, name);
    if (!image) return std::unexpected(image.error());
    auto kernel = Kernel::open(std::move(*image));
    if (!kernel) return std::unexpected(kernel.error());
    return std::unique_ptr<Inspector>(new Inspector(std::move(*kernel), memory, std::move(now)));
}

Result<KernelMemory> Inspector::memory() const {
    const MachineMoment moment = now_();
    if (!moment.paging.paging)
        return fail("the kernel has not turned paging on: there is nothing to decode yet");
    const GuestMemory memory =
        through_master(GuestMemory(memory_, moment.paging), kernel_.layouts().swapper_pg_dir);
    return KernelMemory{&kernel_, memory, moment};
}

Result<TaskListModel> Inspector::tasks() const {
    const auto kernel = memory();
    if (!kernel) return std::unexpected(kernel.error());
    return decode_tasks(*kernel);
}

Result<MmModel> Inspector::mm_of(uint32_t pid) const {
    const auto kernel = memory();
    if (!kernel) return std::unexpected(kernel.error());
    const auto list = decode_tasks(*kernel);
    if (!list) return std::unexpected(list.error());
    const auto task = find_task(*list, pid);
    if (!task) return std::unexpected(task.error());
    if (task->is_kernel_thread()) {
        return fail(fmt::format("task {} ({}) has no address space: it is a kernel thread or has exited", pid,
                                task->comm));
    }
    return decode_mm(*kernel, task->mm, path_to_mm(*task));
}

Result<MmModel> Inspector::mm_at(LinearAddr mm) const {
    const auto kernel = memory();
    if (!kernel) return std::unexpected(kernel.error());
    return decode_mm(*kernel, mm, WalkPath("mm"));
}

Result<std::string> Inspector::maps_of(uint32_t pid) const {
    const auto mm = mm_of(pid);
    if (!mm) return std::unexpected(mm.error());
    if (!mm->problems.empty()) return fail(mm->problems.front());
    return maps_text(*mm);
}

Result<std::string> Inspector::render(DumpWhat what, DumpFormat format) const {
    const auto kernel = memory();
    if (!kernel) return std::unexpected(kernel.error());
    const auto list = decode_tasks(*kernel);
    if (!list) return std::unexpected(list.error());
    const bool json = format == DumpFormat::Json;
    if (what == DumpWhat::Tasks) return json ? tasks_json(*list) : tasks_text(*list);
    const std::vector<Process> processes = processes_of(*kernel, *list);
    if (what == DumpWhat::Mm) return json ? mm_json(kernel->moment, processes) : mm_text_of_all(processes);
    return json ? maps_json(kernel->moment, processes) : maps_of_processes_text(processes);
}

}  // namespace mmscope
