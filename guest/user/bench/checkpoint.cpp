// SPDX-License-Identifier: GPL-2.0-or-later
// Telling the host that a moment has come.
#include "bench/bench.h"

namespace bench {

void checkpoint(int id) {
    static const int device = open("/dev/checkpoint", O_WRONLY);
    if (device < 0 || dprintf(device, "%d", id) != 4) _exit(1);
}

}  // namespace bench
