// SPDX-License-Identifier: GPL-2.0-or-later
// The tasks of a moment, and whether somebody is on his way through the kernel.
#include <algorithm>
#include <utility>

#include "introspect/audit/state.h"

namespace mmscope {

namespace {

constexpr int32_t kTaskInterruptible = 1;

AuditTask task_of(const AuditLayouts::Task& layout, const Record& record) {
    std::array<LinearAddr, 4> links;
    for (size_t i = 0; i < links.size(); ++i) {
        if (layout.links[i]) links[i] = record.address_of(layout.links[i]);
    }
    return {.at = record.at(),
            .mm = record.pointer(layout.mm),
            .active_mm = record.pointer(layout.active_mm),
            .stack = record.pointer(layout.stack),
            .pid = record.u32(layout.pid),
            .flags = record.u32(layout.flags),
            .state = record.i32(layout.state),
            .exit_state = record.i32(layout.exit_state),
            .preempt_count = record.i32(layout.preempt_count),
            .start_time = record.get(layout.start_time),
            .leads = record.pointer(layout.group_leader) == record.at(),
            .links = links};
}

/// Asleep where a signal may wake it (no reference and no lock is held there), or gone.
bool is_out_of_the_way(const AuditTask& task) {
    return task.state == kTaskInterruptible || task.exit_state != 0 || task.pid == 0;
}

}  // namespace

void read_audit_tasks(AuditState& state) {
    const AuditLayouts& layouts = state.layouts;
    Problems problems;
    Record own;
    const RecordVisitor take = [&](const Record& task) {
        if (state.read(layouts.task.layout, task.at(), own))
            state.tasks.push_back(task_of(layouts.task, own));
        return state.tasks.size() < kMaxTasks;
    };
    const auto walked = for_each_process(
        state.kernel,
        [&](const Record& leader) {
            if (!take(leader)) return false;
            for_each_thread(state.kernel, leader.at(), take, problems);
            return state.tasks.size() < kMaxTasks;
        },
        problems);
    if (!walked) problems.push_back(walked.error().message);
    if (layouts.current_task.value != 0) {
        state.current = LinearAddr(state.kernel.memory.read_u32(layouts.current_task).value_or(0));
    }
    const AuditTask* current = state.find_task(state.current);
    // A task that has left the list (its last switch away) is nowhere near rest. Before there is a second one
    // the kernel is setting itself up.
    state.atomic = !current || current->preempt_count > 0 || state.tasks.size() == 1;
    // Lists of tasks change under a lock: a broken one is damage unless a lock is held.
    if (!state.atomic || !current) {
        for (std::string& problem : problems)
            state.damage.push_back({"INV-26", {}, "the list of tasks", std::move(problem)});
    }
    state.quiet = current && !state.atomic && state.place == AuditPlace::AtRest &&
                  std::ranges::all_of(state.tasks, [&](const AuditTask& task) {
                      return task.at == current->at || is_out_of_the_way(task);
                  });
}

}  // namespace mmscope
