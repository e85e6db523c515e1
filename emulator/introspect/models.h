// SPDX-License-Identifier: GPL-2.0-or-later
// Plain values decoded from the guest: what views print and tests compare. No pointer into the guest or host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "devices/scheduler.h"
#include "introspect/value.h"
#include "mmu/page_walk.h"

namespace mmscope {

/// The machine at the moment of a question: its time, and how its processor translates addresses now.
struct MachineMoment {
    VirtualTime time;
    uint64_t instructions = 0;
    PagingMode paging;
};

/// A file as a mapping shows it. `path` is as the kernel prints it: from the root, '\n' as \012.
struct FileModel {
    uint32_t major = 0;
    uint32_t minor = 0;
    uint32_t inode = 0;
    uint64_t size = 0;  // i_size in bytes
    std::string path;
};

/// struct vm_area_struct. Addresses are of the process; `at` is where the structure stands.
struct VmaModel {
    LinearAddr at;
    LinearAddr start, end;  // half-open
    uint32_t flags = 0;     // VM_*
    uint32_t page_prot = 0;
    uint32_t pgoff = 0;  // vm_pgoff: pages; what it counts from depends on vm_file
    std::optional<FileModel> file;
    std::string name;  // the file's path, "[heap]", "[stack]" or nothing

    [[nodiscard]] bool contains(LinearAddr address) const { return address >= start && address < end; }
};

/// struct mm_struct. `fields` holds every member in declaration order; the named values are the same bytes
/// again, for code that computes with them.
struct MmModel {
    MachineMoment moment;
    LinearAddr at;
    LinearAddr pgd;
    int32_t mm_users = 0, mm_count = 0, map_count = 0;
    uint32_t total_vm = 0;  // pages
    LinearAddr start_brk, brk, start_stack;
    bool in_transit =
        false;  // mmap_sem has a writer or page_table_lock is held: disagreement is no corruption
    std::vector<FieldValue> fields;
    std::vector<VmaModel> vmas;         // in list order; ends early where the list is broken
    std::vector<std::string> problems;  // what is wrong, each with the path that led there
};

/// struct task_struct.
struct TaskModel {
    MachineMoment moment;
    LinearAddr at;
    uint32_t pid = 0, tgid = 0, parent = 0;
    int32_t state = 0;
    uint32_t exit_state = 0;
    std::string comm;  // at most 15 bytes, unprintable ones as '?'
    LinearAddr mm, active_mm;

    [[nodiscard]] bool is_leader() const { return pid == tgid; }
    [[nodiscard]] bool is_kernel_thread() const { return mm.value == 0; }
};

/// All tasks in list order, leaders followed by their threads. A broken list ends early and says so.
struct TaskListModel {
    MachineMoment moment;
    std::vector<TaskModel> tasks;
    std::vector<std::string> problems;
};

}  // namespace mmscope
