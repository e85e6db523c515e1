// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace/current_task.h"

#include "introspect/decode.h"

namespace mmscope {

Result<FaultTask> current_task(const KernelMemory& now) {
    const auto current = now.memory.read_u32(now.kernel->layouts().current_task);
    const auto task = decode_task_at(now, LinearAddr(current.value_or(0)), WalkPath("current_task"));
    if (!task) return std::unexpected(task.error());
    return FaultTask{task->at, task->pid, task->tgid, task->comm, task->mm};
}

}  // namespace mmscope
