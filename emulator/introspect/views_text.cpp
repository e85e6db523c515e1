// SPDX-License-Identifier: GPL-2.0-or-later
// Models as text for a person, and maps as the guest itself prints them.
#include <fmt/format.h>

#include <iterator>

#include "introspect/views.h"
#include "introspect/vm_flags.h"

namespace mmscope {

namespace {

constexpr size_t kNameColumn = 49;  // 25 + 6 * sizeof(void *)

std::string when(const MachineMoment& moment) {
    return fmt::format("time {} ns, {} instructions", moment.time.ns, moment.instructions);
}

void add_problems(std::string& out, const std::vector<std::string>& problems) {
    for (const std::string& problem : problems)
        out += "! " + problem + '\n';
}

const char* state_word(const TaskModel& task) {
    if (task.exit_state & 16) return "zombie";
    if (task.exit_state & 32 || task.state & 64) return "dead";
    switch (task.state) {
        case 0:
            return "runnable";
        case 1:
            return "sleeping";
        case 2:
            return "waiting";
        default:
            return "other";
    }
}

}  // namespace

std::string maps_line(const VmaModel& vma) {
    const auto flag = [&vma](uint32_t bit, char yes, char no) { return vma.flags & bit ? yes : no; };
    const FileModel file = vma.file.value_or(FileModel{});
    std::string line = fmt::format("{:08x}-{:08x} {}{}{}{} {:08x} {:02x}:{:02x} {} ", vma.start.value,
                                   vma.end.value, flag(kVmRead, 'r', '-'), flag(kVmWrite, 'w', '-'),
                                   flag(kVmExec, 'x', '-'), flag(kVmMayShare, 's', 'p'),
                                   uint64_t{vma.pgoff} << kPageShift, file.major, file.minor, file.inode);
    if (!vma.name.empty()) {
        // The kernel pads to the column, and by one space where the line is already longer.
        line.append(line.size() < kNameColumn ? kNameColumn - line.size() : 1, ' ');
        line += vma.name;
    }
    return line + '\n';
}

std::string maps_text(const MmModel& mm) {
    std::string out;
    for (const VmaModel& vma : mm.vmas)
        out += maps_line(vma);
    return out;
}

std::string tasks_text(const TaskListModel& list) {
    std::string out =
        fmt::format("tasks at {}\n{:>5} {:>5} {:>5} {:<9} {:<10} {:<10} {:<10} {}\n", when(list.moment),
                    "PID", "TGID", "PPID", "STATE", "TASK", "MM", "ACTIVE_MM", "COMM");
    for (const TaskModel& task : list.tasks) {
        out += fmt::format("{:>5} {:>5} {:>5} {:<9} 0x{:08x} 0x{:08x} 0x{:08x} {}\n", task.pid, task.tgid,
                           task.parent, state_word(task), task.at.value, task.mm.value, task.active_mm.value,
                           task.comm);
    }
    add_problems(out, list.problems);
    return out;
}

std::string mm_text(const Process& process) {
    const MmModel& mm = process.mm;
    std::string out = fmt::format("mm of {} ({}) @{:08x} at {}{}\n", process.task.pid, process.task.comm,
                                  mm.at.value, when(mm.moment), mm.in_transit ? ", in transit" : "");
    for (const FieldValue& field : mm.fields) {
        const std::string place =
            field.bit_size ? fmt::format("+{}:{}/{}", field.offset, field.bit_offset, field.bit_size)
                           : fmt::format("+{}", field.offset);
        out +=
            fmt::format("  {:<6} {:<18} = {:<40} {}\n", place, field.name, to_text(field.value), field.type);
    }
    add_problems(out, mm.problems);
    return out;
}

std::string maps_of_processes_text(const std::vector<Process>& processes) {
    std::string out;
    for (const Process& process : processes) {
        out += fmt::format("{} ({})\n", process.task.pid, process.task.comm) + maps_text(process.mm);
        add_problems(out, process.mm.problems);
    }
    return out;
}

}  // namespace mmscope
