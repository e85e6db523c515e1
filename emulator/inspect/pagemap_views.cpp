// SPDX-License-Identifier: GPL-2.0-or-later
// pagemap: a line a page, areas as headings, disagreements marked with "!".
#include <fmt/format.h>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"
#include "inspect/pagemap.h"

namespace mmscope {

namespace {

std::string rights_of(uint32_t flags) {
    return fmt::format("{}{}{}{}", flags & kVmRead ? 'r' : '-', flags & kVmWrite ? 'w' : '-',
                       flags & kVmExec ? 'x' : '-', flags & kVmMayShare ? 's' : 'p');
}

std::string owner_of(const AuditPage& page) {
    return fmt::format("{} mapcount {} count {}", page.anonymous() ? "anon" : "file", page.mapcount,
                       page.count);
}

std::string row_line(const PagemapRow& row) {
    const uint32_t start = row.start.value;
    if (row.entry == 0) {
        return fmt::format("    {:08x}  {:<12} empty\n", start,
                           row.pages == 1 ? "1 page" : fmt::format("{} pages", row.pages));
    }
    const AuditPte pte{row.start, row.entry};
    std::string line =
        fmt::format("  {} {:08x}  0x{:08x}  ", row.disagreements.empty() ? ' ' : '!', start, row.entry);
    if (pte.present()) line += fmt::format("frame {:<7} ", pte.pfn());
    line += join_names(entry_names(row.entry));
    if (row.page != nullptr) line += "  " + owner_of(*row.page);
    for (const std::string& what : row.disagreements)
        line += "  ! " + what;
    return line + '\n';
}

struct PagemapModel {
    TaskModel task;
    const AuditMm* mm;
    std::vector<PagemapRow> rows;
    uint32_t present = 0, swapped = 0, disagreements = 0;
};

PagemapModel make_model(const TaskModel& task, const WholeMoment& whole, const AuditMm& mm) {
    PagemapModel model{.task = task, .mm = &mm, .rows = read_pagemap(whole, mm)};
    for (const PagemapRow& row : model.rows) {
        const AuditPte pte{row.start, row.entry};
        model.disagreements += !row.disagreements.empty();
        if (row.entry == 0) continue;
        model.present += pte.present();
        model.swapped += pte.is_swap();
    }
    return model;
}

std::string pagemap_text(const PagemapModel& model) {
    std::string out = fmt::format("pagemap of {} ({})\n", model.task.pid, model.task.comm);
    const AuditVma* heading = nullptr;
    bool outside = false;
    for (const PagemapRow& row : model.rows) {
        if (row.vma != nullptr && row.vma != heading) {
            out += fmt::format("{:08x}-{:08x} {} {}\n", row.vma->start.value, row.vma->end.value,
                               rights_of(row.vma->flags), join_names(vm_flag_names(row.vma->flags)));
        } else if (row.vma == nullptr && (heading != nullptr || !outside)) {
            out += "no area\n";
        }
        outside = row.vma == nullptr;
        heading = row.vma;
        out += row_line(row);
    }
    if (!model.mm->list_problem.empty())
        out += fmt::format("! the list of areas @{:08x}: {}\n", model.mm->list_problem_at.value,
                           model.mm->list_problem);
    if (!model.mm->tables_problem.empty())
        out += "! " + model.mm->tables_problem + ", no page table in RAM\n";
    return out + fmt::format("{} present, {} in swap, {} disagreement{}\n", model.present, model.swapped,
                             model.disagreements, model.disagreements == 1 ? "" : "s");
}

std::string pagemap_json(const PagemapModel& model) {
    InspectJson json = inspect_document("pagemap", model.task.moment);
    json["pid"] = model.task.pid;
    json["rows"] = InspectJson::array();
    for (const PagemapRow& row : model.rows) {
        InspectJson item{{"start", hex_word(row.start)}, {"pages", row.pages}};
        if (row.vma != nullptr) item["vma"] = hex_word(row.vma->at);
        if (row.entry != 0) {
            item["entry"] = hex_word(row.entry);
            item["bits"] = entry_names(row.entry);
        }
        if (row.page != nullptr) {
            item["frame"] = row.entry >> kPageShift;
            item["mapcount"] = row.page->mapcount;
            item["anonymous"] = row.page->anonymous();
        }
        if (!row.disagreements.empty()) item["disagreements"] = row.disagreements;
        json["rows"].push_back(std::move(item));
    }
    json["present"] = model.present;
    json["swapped"] = model.swapped;
    json["disagreements"] = model.disagreements;
    if (!model.mm->list_problem.empty()) json["list_problem"] = model.mm->list_problem;
    if (!model.mm->tables_problem.empty()) json["tables_problem"] = model.mm->tables_problem;
    return json_line(json);
}

}  // namespace

Result<std::string> run_pagemap(const CommandCall& call) {
    const auto pid = parse_pid(call.arguments[0]);
    if (!pid) return std::unexpected(pid.error());
    const auto task = get_user_task(call.inspector(), *pid);
    if (!task) return std::unexpected(task.error());
    const auto whole = WholeMoment::read(call.inspection);
    if (!whole) return std::unexpected(whole.error());
    const AuditMm* mm = (*whole)->state().find_mm(task->mm);
    if (mm == nullptr || !mm->has_directory) {
        return std::unexpected(decode_error("mm_struct.pgd", task->mm, "no page directory in RAM",
                                            WalkPath(fmt::format("task {}", *pid)).then("mm")));
    }
    const PagemapModel model = make_model(*task, **whole, *mm);
    return call.json ? pagemap_json(model) : pagemap_text(model);
}

}  // namespace mmscope
