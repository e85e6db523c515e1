// SPDX-License-Identifier: GPL-2.0-or-later
// tasks, mm, maps, audit: commands over views that exist for the dumps as well.
#include <fmt/format.h>

#include "inspect/command_call.h"
#include "introspect/views.h"

namespace mmscope {

namespace {

/// The process that `word` names by its pid, or an mm_struct that stands at an address, used by nobody or by
/// the first task that has it.
Result<Process> get_process(const Inspector& inspector, std::string_view word) {
    if (!looks_like_address(word)) {
        const auto pid = parse_pid(word);
        if (!pid) return std::unexpected(pid.error());
        auto task = get_user_task(inspector, *pid);
        if (!task) return std::unexpected(task.error());
        auto mm = inspector.mm_of(*pid);
        if (!mm) return std::unexpected(mm.error());
        return Process{std::move(*task), std::move(*mm)};
    }
    const auto at = parse_address(word);
    if (!at) return std::unexpected(at.error());
    auto mm = inspector.mm_at(*at);
    if (!mm) return std::unexpected(mm.error());
    Process process{{}, std::move(*mm)};
    process.task.comm = "no task";
    if (const auto list = inspector.tasks()) {
        for (const TaskModel& task : list->tasks) {
            if (task.mm == *at) return process.task = task, process;
        }
    }
    return process;
}

}  // namespace

Result<std::string> run_tasks(const CommandCall& call) {
    return call.inspector().render(DumpWhat::Tasks, call.json ? DumpFormat::Json : DumpFormat::Text);
}

Result<std::string> run_mm(const CommandCall& call) {
    const auto process = get_process(call.inspector(), call.arguments[0]);
    if (!process) return std::unexpected(process.error());
    return call.json ? mm_json(process->mm.moment, {*process}) : mm_text(*process);
}

Result<std::string> run_maps(const CommandCall& call) {
    const auto process = get_process(call.inspector(), call.arguments[0]);
    if (!process) return std::unexpected(process.error());
    if (call.json) return maps_json(process->mm.moment, {*process});
    std::string out = maps_text(process->mm);
    for (const std::string& problem : process->mm.problems)
        out += "! " + problem + '\n';
    return out;
}

Result<std::string> run_audit(const CommandCall& call) {
    const auto auditor = Auditor::create(call.inspector());
    if (!auditor) return std::unexpected(auditor.error());
    const auto report = (*auditor)->audit(call.inspection.place);
    if (!report) return std::unexpected(report.error());
    return call.json ? audit_json(*report) : audit_text(*report);
}

}  // namespace mmscope
