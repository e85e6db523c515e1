// SPDX-License-Identifier: GPL-2.0-or-later
// The FPU, switched lazily: a task that does not use it pays nothing. CR0.TS is set unless the FPU holds the
// running task's state, so the first use raises #NM (Intel SDM vol. 3, 13.4.1, with FSAVE and FRSTOR).
#pragma once

#include "lib/types.h"

struct task_struct;

/// #NM: brings current's state (or, at its first use, a fresh one) into the FPU. Interrupts off.
void load_fpu(task_struct* task);
/// #MF: the si_code of the unmasked exception; the state is saved and its exception flags are cleared.
int take_fpu_error(task_struct* task);
/// Part of the context switch: saves prev's state if it is in the FPU. Interrupts off.
void switch_out_fpu(task_struct* prev);
