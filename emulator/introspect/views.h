// SPDX-License-Identifier: GPL-2.0-or-later
// Models as text and JSON. Views see models only and never guest memory.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "introspect/models.h"

namespace mmscope {

/// A process with its address space, for the views of several.
struct Process {
    TaskModel task;
    MmModel mm;
};

/// The line of /proc/PID/maps of Linux 2.6.28 for one area, with its '\n' (fs/proc/task_mmu.c's format:
/// range, rwxp, offset, device, inode, and from column 49 on the name).
std::string maps_line(const VmaModel& vma);
/// All lines.
std::string maps_text(const MmModel& mm);

std::string tasks_text(const TaskListModel& tasks);
/// Every member of mm_struct, one a line: offset, type, name, value.
std::string mm_text(const Process& process);
std::string maps_of_processes_text(const std::vector<Process>& processes);

/// JSON objects of schema "mmscope.dump" version 1, on one line, '\n' at the end.
std::string tasks_json(const TaskListModel& tasks);
std::string mm_json(const MachineMoment& moment, const std::vector<Process>& processes);
std::string maps_json(const MachineMoment& moment, const std::vector<Process>& processes);

}  // namespace mmscope
