// SPDX-License-Identifier: GPL-2.0-or-later
// Who runs, as a record of a trace names it.
#pragma once

#include "base/error.h"
#include "introspect/kernel.h"
#include "trace/fault_record.h"

namespace mmscope {

/// From the variable current_task. Error: it, or the task it points to, cannot be read.
Result<FaultTask> current_task(const KernelMemory& now);

}  // namespace mmscope
