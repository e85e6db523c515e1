// SPDX-License-Identifier: GPL-2.0-or-later
// Processes, what all processes share, and the command.
#include "inspect/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "inspect/command_call.h"
#include "inspect/frames.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"
#include "introspect/slab_caches.h"

namespace mmscope {

namespace {

/// Pids come again; a start_time does not, with the same one.
using TaskKey = std::pair<uint32_t, uint64_t>;

std::map<TaskKey, const AuditTask*> tasks_of(const WholeMoment& whole) {
    std::map<TaskKey, const AuditTask*> tasks;
    for (const AuditTask& task : whole.state().tasks)
        tasks[{task.pid, task.start_time}] = &task;
    return tasks;
}

std::string task_subject(const AuditTask& task, const WholeMoment& whole) {
    return fmt::format("process {} ({})", task.pid, whole.comm_of(task.pid));
}

std::string state_words(const AuditTask& task, const WholeMoment& whole) {
    const TypeTable& types = whole.kernel().kernel->image().types();
    const auto bits = static_cast<uint32_t>(task.state) | static_cast<uint32_t>(task.exit_state);
    return join_names(flag_names(types, "task_struct", "state", bits).value_or(BitNames{}));
}

void diff_tasks(const WholeMoment& before, const WholeMoment& after, std::vector<Change>& changes) {
    auto old_tasks = tasks_of(before);
    for (const auto& [key, task] : tasks_of(after)) {
        const auto old = old_tasks.find(key);
        Change change{task_subject(*task, after), {}};
        if (old == old_tasks.end()) {
            change.what.emplace_back("came");
        } else {
            const auto compare = [&](std::string_view what, const std::string& from, const std::string& to) {
                if (from != to) change.what.push_back(fmt::format("{} {} -> {}", what, from, to));
            };
            compare("name", before.comm_of(key.first), after.comm_of(key.first));
            compare("state", state_words(*old->second, before), state_words(*task, after));
            compare("mm", hex_word(old->second->mm), hex_word(task->mm));
            compare("active_mm", hex_word(old->second->active_mm), hex_word(task->active_mm));
            old_tasks.erase(old);
        }
        if (!change.what.empty()) changes.push_back(std::move(change));
    }
    for (const auto& [key, task] : old_tasks)
        changes.push_back({task_subject(*task, before), {"went"}});
}

void diff_frames(const WholeMoment& before, const WholeMoment& after, std::vector<Change>& changes) {
    const auto count = [](const WholeMoment& whole) {
        const FrameMap map(whole);
        std::array<uint32_t, kFrameKinds> kinds{};
        for (uint32_t frame = 0; frame < map.frames(); ++frame)
            ++kinds[static_cast<size_t>(map.kind(frame))];
        return kinds;
    };
    const auto from = count(before), to = count(after);
    Change change{"frames", {}};
    for (size_t kind = 0; kind < kFrameKinds; ++kind) {
        if (from[kind] != to[kind])
            change.what.push_back(
                fmt::format("{} {} -> {}", to_string(static_cast<FrameKind>(kind)), from[kind], to[kind]));
    }
    if (!change.what.empty()) changes.push_back(std::move(change));
}

std::map<std::string, uint32_t> objects_by_cache(const Inspection& inspection) {
    std::map<std::string, uint32_t> counts;
    const auto objects = Objects::at(inspection.inspector);
    const auto caches = objects ? read_slab_caches(objects->kernel()) : std::unexpected(objects.error());
    if (!caches) return counts;
    for (const SlabCacheModel& cache : caches->caches)
        counts[cache.name] = cache.active_objects;
    return counts;
}

void diff_slabs(const Inspection& before, const Inspection& after, std::vector<Change>& changes) {
    const auto old_counts = objects_by_cache(before);
    Change change{"slab objects", {}};
    for (const auto& [name, count] : objects_by_cache(after)) {
        const auto old = old_counts.find(name);
        const uint32_t from = old == old_counts.end() ? 0 : old->second;
        if (from != count) change.what.push_back(fmt::format("{} {} -> {}", name, from, count));
    }
    if (!change.what.empty()) changes.push_back(std::move(change));
}

void diff_variables(const Inspection& before, const Inspection& after, std::vector<Change>& changes) {
    const auto old_objects = Objects::at(before.inspector), new_objects = Objects::at(after.inspector);
    if (!old_objects || !new_objects) return;
    Change change{"swap slots", {}};
    for (const char* name : {"total_swap_pages", "nr_swap_pages"}) {
        const auto from = old_objects->variable(name), to = new_objects->variable(name);
        const auto old_value = from ? from->u32() : std::unexpected(from.error()),
                   new_value = to ? to->u32() : std::unexpected(to.error());
        if (old_value && new_value && *old_value != *new_value)
            change.what.push_back(fmt::format("{} {} -> {}", name, *old_value, *new_value));
    }
    if (!change.what.empty()) changes.push_back(std::move(change));
}

std::string diff_text(const MomentDiff& diff) {
    const auto seconds = [](uint64_t ns) {
        return fmt::format("{}.{:09} s", ns / 1'000'000'000, ns % 1'000'000'000);
    };
    std::string out = fmt::format("from {} to {}: {}, {} instructions\n", seconds(diff.before.time.ns),
                                  seconds(diff.after.time.ns), seconds(diff.after.time - diff.before.time),
                                  diff.after.instructions - diff.before.instructions);
    for (const Change& change : diff.changes) {
        if (change.what.size() == 1) {
            out += fmt::format("{}: {}\n", change.subject, change.what[0]);
            continue;
        }
        out += change.subject + '\n';
        for (const std::string& what : change.what)
            out += "  " + what + '\n';
    }
    if (diff.changes.empty()) out += "nothing changed\n";
    return out;
}

std::string diff_json(const MomentDiff& diff) {
    InspectJson json = inspect_document("diff", diff.after);
    json["before_ns"] = diff.before.time.ns;
    json["before_instructions"] = diff.before.instructions;
    json["changes"] = InspectJson::array();
    for (const Change& change : diff.changes)
        json["changes"].push_back({{"subject", change.subject}, {"what", change.what}});
    return json_line(json);
}

}  // namespace

Result<MomentDiff> diff_moments(const Inspection& before, const Inspection& after) {
    const auto old_moment = WholeMoment::read(before), new_moment = WholeMoment::read(after);
    if (!old_moment) return std::unexpected(old_moment.error());
    if (!new_moment) return std::unexpected(new_moment.error());
    MomentDiff diff{(*old_moment)->moment(), (*new_moment)->moment(), {}};
    diff_tasks(**old_moment, **new_moment, diff.changes);
    diff_spaces(before, **old_moment, after, **new_moment, diff.changes);
    diff_frames(**old_moment, **new_moment, diff.changes);
    diff_slabs(before, after, diff.changes);
    diff_variables(before, after, diff.changes);
    return diff;
}

Result<std::string> run_diff(const CommandCall& call) {
    const Inspection& here = call.inspection;
    if (!here.other) return fail("only one moment is known here");
    return here.other(call.arguments[0], [&](const Inspection& there) -> Result<std::string> {
        const std::string &mine = here.inspector.kernel().image().hash(),
                          &its = there.inspector.kernel().image().hash();
        if (mine != its)
            return fail(fmt::format("{} is of another kernel: {}, not {}", call.arguments[0], its, mine));
        const auto now = here.inspector.memory(), then = there.inspector.memory();
        if (!now) return std::unexpected(now.error());
        if (!then) return std::unexpected(then.error());
        const bool later = then->moment.time >= now->moment.time;
        const auto diff = later ? diff_moments(here, there) : diff_moments(there, here);
        if (!diff) return std::unexpected(diff.error());
        return call.json ? diff_json(*diff) : diff_text(*diff);
    });
}

}  // namespace mmscope
