// SPDX-License-Identifier: GPL-2.0-or-later
// An edition without numbers under /proc/sys.
#include "fs/proc/sysctl.h"

const sysctl_number edition_sysctls[] = {{}};
