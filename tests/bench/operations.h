// SPDX-License-Identifier: GPL-2.0-or-later
// The table of `./dev bench` about the kernel's memory management.
#pragma once

#include "tests/support/child_process.h"

namespace mmscope::test {

/// Prints what each operation costs (guest instructions, wall time on emu and on QEMU), and how find_vma
/// fares. `folder` is for disk images and configurations.
void bench_operations(const TemporaryFolder& folder, bool with_qemu);

}  // namespace mmscope::test
