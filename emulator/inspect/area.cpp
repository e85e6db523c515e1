// SPDX-License-Identifier: GPL-2.0-or-later
// vma: one area with every member, how it hangs in its file, and how much of it is there.
#include <fmt/format.h>

#include <algorithm>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"
#include "inspect/whole_moment.h"
#include "introspect/decode.h"
#include "introspect/reverse_map.h"
#include "introspect/value_json.h"
#include "introspect/views.h"

namespace mmscope {

namespace {

struct PageCounts {
    uint32_t total = 0, present = 0, swapped = 0, elsewhere = 0;  // elsewhere: of a nonlinear file
    [[nodiscard]] uint32_t empty() const { return total - present - swapped - elsewhere; }
};

struct AreaModel {
    TaskModel task;
    VmaModel vma;
    std::vector<FieldValue> fields;
    SharedModel shared;
    PageCounts pages;
    std::vector<std::string> problems;
};

PageCounts count_pages(const WholeMoment& whole, LinearAddr mm, const VmaModel& vma) {
    PageCounts counts;
    counts.total = (vma.end - vma.start) >> kPageShift;
    const AuditMm* space = whole.state().find_mm(mm);
    if (space == nullptr) return counts;
    for (const AuditPte& pte : space->entries) {
        if (!vma.contains(pte.address)) continue;
        ++(pte.present() ? counts.present : pte.is_swap() ? counts.swapped : counts.elsewhere);
    }
    return counts;
}

std::unexpected<Error> no_area(const Inspector& inspector, const TaskModel& task, LinearAddr address) {
    std::string message =
        fmt::format("0x{:08x} lies in no area of task {} ({})", address.value, task.pid, task.comm);
    if (const auto mm = inspector.mm_of(task.pid)) {
        const auto above =
            std::ranges::find_if(mm->vmas, [&](const VmaModel& vma) { return vma.end > address; });
        if (above != mm->vmas.begin()) {
            const VmaModel& below = *std::prev(above);
            message +=
                fmt::format("; below it {:08x}-{:08x} {}", below.start.value, below.end.value, below.name);
        }
        if (above != mm->vmas.end())
            message +=
                fmt::format("; above it {:08x}-{:08x} {}", above->start.value, above->end.value, above->name);
    }
    return fail(message);
}

Result<AreaModel> read_area(const CommandCall& call) {
    const auto pid = parse_pid(call.arguments[0]);
    if (!pid) return std::unexpected(pid.error());
    const auto address = parse_address(call.arguments[1]);
    if (!address) return std::unexpected(address.error());
    const auto task = get_user_task(call.inspector(), *pid);
    if (!task) return std::unexpected(task.error());
    const auto whole = WholeMoment::read(call.inspection);
    if (!whole) return std::unexpected(whole.error());
    const KernelMemory& kernel = (*whole)->kernel();
    AreaModel area;
    area.task = *task;
    const auto vma = decode_vma_at(kernel, task->mm, *address, area.problems);
    if (!vma && !area.problems.empty()) return fail(area.problems.front());
    if (!vma) return no_area(call.inspector(), *task, *address);
    area.vma = *vma;
    const TypedRef object(kernel.kernel->layouts().vma.layout.type(), vma->at, kernel.memory,
                          WalkPath("vma"));
    const auto value = object.value(kernel.kernel->symbols());
    if (!value) return std::unexpected(value.error());
    if (const auto* members = std::get_if<StructValue>(&value->data)) area.fields = members->fields;
    const ReverseMap reverse(kernel);
    if (Record record; reverse.exists() && reverse.read(vma->at, record))
        area.shared = reverse.decode_shared(record);
    area.pages = count_pages(**whole, task->mm, *vma);
    return area;
}

std::string area_text(const AreaModel& area) {
    std::string out = fmt::format("vma @{:08x} of {} ({})\n  {}", area.vma.at.value, area.task.pid,
                                  area.task.comm, maps_line(area.vma));
    out += fmt::format("  flags  {}\n  prot   {}\n", join_names(vm_flag_names(area.vma.flags)),
                       join_names(protection_names(area.vma.page_prot)));
    out += fmt::format("  shared {}\n", to_string(area.shared.kind));
    const PageCounts& pages = area.pages;
    out += fmt::format("  pages  {}: {} present, {} swapped, {} elsewhere in the file, {} empty\n",
                       pages.total, pages.present, pages.swapped, pages.elsewhere, pages.empty());
    for (const FieldValue& field : area.fields) {
        out += fmt::format("  +{:<5} {:<18} = {:<40} {}\n", field.offset, field.name, to_text(field.value),
                           field.type);
    }
    add_problem_lines(out, area.problems);
    return out;
}

std::string area_json(const AreaModel& area) {
    InspectJson json = inspect_document("vma", area.task.moment);
    json["pid"] = area.task.pid;
    json["at"] = hex_word(area.vma.at);
    json["start"] = hex_word(area.vma.start);
    json["end"] = hex_word(area.vma.end);
    json["name"] = area.vma.name;
    json["flags"] = vm_flag_names(area.vma.flags);
    json["prot"] = protection_names(area.vma.page_prot);
    json["shared"] = to_string(area.shared.kind);
    json["pages"] = {{"total", area.pages.total},
                     {"present", area.pages.present},
                     {"swapped", area.pages.swapped},
                     {"elsewhere", area.pages.elsewhere}};
    json["fields"] = InspectJson::array();
    for (const FieldValue& field : area.fields)
        json["fields"].push_back(field_json(field));
    json["problems"] = area.problems;
    return json_line(json);
}

}  // namespace

Result<std::string> run_vma(const CommandCall& call) {
    const auto area = read_area(call);
    if (!area) return std::unexpected(area.error());
    return call.json ? area_json(*area) : area_text(*area);
}

}  // namespace mmscope
