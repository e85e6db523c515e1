// SPDX-License-Identifier: GPL-2.0-or-later
// From structures of the guest to plain values: one function a model.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "introspect/kernel.h"
#include "introspect/models.h"
#include "introspect/walk_path.h"
#include "introspect/walkers.h"

namespace mmscope {

TaskModel decode_task(const KernelMemory& kernel, const Record& task);
/// The task at `at`. Error: not mapped.
Result<TaskModel> decode_task_at(const KernelMemory& kernel, LinearAddr at, const WalkPath& path);
Result<TaskListModel> decode_tasks(const KernelMemory& kernel);

/// What a mapping of the file at `file` shows.
FileModel decode_file(const KernelMemory& kernel, LinearAddr file, Problems& problems);

/// Heap and stack are named after these values of the mm.
struct VmaNaming {
    LinearAddr start_brk, brk, start_stack, vdso;
};

/// Areas of one mm at one moment; remembers the files it met, as many areas share few files.
class VmaDecoder {
  public:
    VmaDecoder(const KernelMemory& kernel, const VmaNaming& naming) : kernel_(kernel), naming_(naming) {}
    VmaModel decode(const Record& vma, Problems& problems);

  private:
    const KernelMemory& kernel_;
    VmaNaming naming_;
    std::map<LinearAddr, FileModel> files_;
};

/// The whole address space, with findings: list against map_count and tree, order, users. A descriptor with
/// mm_users 0 is shown without following its stale list. Error: the mm_struct itself is not mapped.
Result<MmModel> decode_mm(const KernelMemory& kernel, LinearAddr mm, const WalkPath& path);

/// The area that holds `address`, or none. Uses the tree, as the kernel does. `mm` as a pointer of a task.
std::optional<VmaModel> decode_vma_at(const KernelMemory& kernel, LinearAddr mm, LinearAddr address,
                                      Problems& problems);

}  // namespace mmscope
