// SPDX-License-Identifier: GPL-2.0-or-later
// vtop: one address through the page tables of a process, level by level.
#include <fmt/format.h>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"
#include "inspect/names.h"
#include "introspect/decode.h"
#include "introspect/views.h"

namespace mmscope {

namespace {

struct WalkModel {
    TaskModel task;
    PhysAddr directory;
    Walk walk;
    std::optional<VmaModel> vma;  // of user addresses
    std::vector<std::string> problems;
};

Result<WalkModel> read_walk(const CommandCall& call) {
    const auto pid = parse_pid(call.arguments[0]);
    if (!pid) return std::unexpected(pid.error());
    const auto address = parse_address(call.arguments[1]);
    if (!address) return std::unexpected(address.error());
    const auto task = get_task(call.inspector(), *pid);
    if (!task) return std::unexpected(task.error());
    const auto kernel = call.inspector().memory();
    if (!kernel) return std::unexpected(kernel.error());
    WalkModel model{
        .task = *task, .directory = kernel->memory.mode().directory, .walk = {}, .vma = {}, .problems = {}};
    GuestMemory memory = kernel->memory;
    if (!task->is_kernel_thread()) {
        const auto mm = decode_mm(*kernel, task->mm, WalkPath(fmt::format("task {}", *pid)).then("mm"));
        if (!mm) return std::unexpected(mm.error());
        const Walk pgd = kernel->memory.walk(mm->pgd);
        if (mm->pgd.value < kPageOffset || !pgd.present) {
            return std::unexpected(
                decode_error("mm_struct.pgd", mm->pgd, "not mapped",
                             WalkPath(fmt::format("task {}", *pid)).then("mm").then("pgd")));
        }
        model.directory = pgd.physical;
        memory = kernel->memory.through(pgd.physical);
        if (address->value < kPageOffset)
            model.vma = decode_vma_at(*kernel, task->mm, *address, model.problems);
    }
    model.walk = memory.walk(*address);
    return model;
}

std::string level_line(std::string_view name, uint32_t index, PhysAddr at,
                       const std::optional<uint32_t>& entry) {
    if (!entry)
        return fmt::format("  {} [{:>4}]  the table at 0x{:08x} is no RAM\n", name, index, at.page().value);
    return fmt::format("  {} [{:>4}] at 0x{:08x} = 0x{:08x}  {}\n", name, index, at.value, *entry,
                       *entry == 0 ? "empty" : join_names(entry_names(*entry)));
}

std::string walk_text(const WalkModel& model) {
    const Walk& walk = model.walk;
    const uint32_t address = walk.address.value;
    std::string out = fmt::format("vtop 0x{:08x} of {} ({})\n  directory at 0x{:08x}{}\n", address,
                                  model.task.pid, model.task.comm, model.directory.value,
                                  model.task.is_kernel_thread() ? " (the kernel's own)" : "");
    out += level_line("PDE", address >> 22, walk.pde_at, walk.pde);
    const bool has_table = walk.pde && (*walk.pde & kPresent) != 0 && !walk.large;
    if (has_table) out += level_line("PTE", address >> kPageShift & 1023, walk.pte_at, walk.pte);
    if (walk.present) {
        out += fmt::format("  physical 0x{:08x}, frame {}, {} of {}\n", walk.physical.value,
                           walk.physical.page_number(), walk.writable ? "read and write" : "read only",
                           walk.user ? "user and kernel" : "the kernel");
    } else {
        out += "  not present\n";
    }
    if (model.vma) {
        out += "  area " + maps_line(*model.vma);
    } else if (address < kPageOffset && !model.task.is_kernel_thread()) {
        out += "  in no area\n";
    }
    add_problem_lines(out, model.problems);
    return out;
}

InspectJson level_json(PhysAddr at, uint32_t index, uint32_t entry) {
    return {{"index", index},
            {"at", hex_word(at.value)},
            {"value", hex_word(entry)},
            {"bits", entry_names(entry)}};
}

std::string walk_json(const WalkModel& model) {
    const Walk& walk = model.walk;
    InspectJson json = inspect_document("vtop", model.task.moment);
    json["pid"] = model.task.pid;
    json["address"] = hex_word(walk.address);
    json["directory"] = hex_word(model.directory.value);
    if (walk.pde) json["pde"] = level_json(walk.pde_at, walk.address.value >> 22, *walk.pde);
    if (walk.pte) json["pte"] = level_json(walk.pte_at, walk.address.value >> kPageShift & 1023, *walk.pte);
    json["present"] = walk.present;
    if (walk.present) {
        json["physical"] = hex_word(walk.physical.value);
        json["frame"] = walk.physical.page_number();
        json["writable"] = walk.writable;
        json["user"] = walk.user;
        json["large"] = walk.large;
    }
    if (model.vma) json["vma"] = hex_word(model.vma->at);
    json["problems"] = model.problems;
    return json_line(json);
}

}  // namespace

Result<std::string> run_vtop(const CommandCall& call) {
    const auto model = read_walk(call);
    if (!model) return std::unexpected(model.error());
    return call.json ? walk_json(*model) : walk_text(*model);
}

}  // namespace mmscope
