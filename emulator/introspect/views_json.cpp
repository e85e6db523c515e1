// SPDX-License-Identifier: GPL-2.0-or-later
// Models as JSON. Addresses are strings "0xc0123400", amounts are numbers; members keep their order.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "introspect/value_json.h"
#include "introspect/views.h"

namespace mmscope {

namespace {

using Json = nlohmann::ordered_json;

std::string hex(uint32_t value) {
    return fmt::format("0x{:08x}", value);
}
std::string hex(LinearAddr address) {
    return hex(address.value);
}

Json vma_json(const VmaModel& vma) {
    Json json{{"at", hex(vma.at)},       {"start", hex(vma.start)},         {"end", hex(vma.end)},
              {"flags", hex(vma.flags)}, {"page_prot", hex(vma.page_prot)}, {"pgoff", vma.pgoff}};
    if (vma.file) {
        json["file"] = {{"path", vma.file->path},
                        {"major", vma.file->major},
                        {"minor", vma.file->minor},
                        {"inode", vma.file->inode},
                        {"size", vma.file->size}};
    }
    json["name"] = vma.name;
    return json;
}

Json task_json(const TaskModel& task) {
    return {{"pid", task.pid},    {"tgid", task.tgid},   {"parent", task.parent},
            {"comm", task.comm},  {"state", task.state}, {"exit_state", task.exit_state},
            {"at", hex(task.at)}, {"mm", hex(task.mm)},  {"active_mm", hex(task.active_mm)}};
}

Json document(const char* what, const MachineMoment& moment) {
    return {{"schema", "mmscope.dump"},
            {"version", 1},
            {"what", what},
            {"time_ns", moment.time.ns},
            {"instructions", moment.instructions}};
}

Json vmas_json(const MmModel& mm) {
    Json vmas = Json::array();
    for (const VmaModel& vma : mm.vmas)
        vmas.push_back(vma_json(vma));
    return vmas;
}

/// Names come from the guest and need not be UTF-8: what is not becomes U+FFFD.
std::string one_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string tasks_json(const TaskListModel& list) {
    Json json = document("tasks", list.moment);
    json["tasks"] = Json::array();
    for (const TaskModel& task : list.tasks)
        json["tasks"].push_back(task_json(task));
    json["problems"] = list.problems;
    return one_line(json);
}

std::string mm_json(const MachineMoment& moment, const std::vector<Process>& processes) {
    Json json = document("mm", moment);
    json["processes"] = Json::array();
    for (const Process& process : processes) {
        Json fields = Json::array();
        for (const FieldValue& field : process.mm.fields)
            fields.push_back(field_json(field));
        json["processes"].push_back({{"task", task_json(process.task)},
                                     {"at", hex(process.mm.at)},
                                     {"in_transit", process.mm.in_transit},
                                     {"fields", fields},
                                     {"vmas", vmas_json(process.mm)},
                                     {"problems", process.mm.problems}});
    }
    return one_line(json);
}

std::string maps_json(const MachineMoment& moment, const std::vector<Process>& processes) {
    Json json = document("maps", moment);
    json["processes"] = Json::array();
    for (const Process& process : processes) {
        json["processes"].push_back({{"task", task_json(process.task)},
                                     {"vmas", vmas_json(process.mm)},
                                     {"problems", process.mm.problems}});
    }
    return one_line(json);
}

}  // namespace mmscope
