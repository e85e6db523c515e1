// SPDX-License-Identifier: GPL-2.0-or-later
// Pages that memory pressure has sent out, one by one back in.
#include <sys/swap.h>

#include "bench/bench.h"

namespace bench {

void swap_in(uint32_t pages) {
    constexpr size_t kMemory = (16u << 20) / probe::kPage;
    if (swapon("/dev/hda", 0) != 0) {
        perror("/dev/hda");
        _exit(1);
    }
    volatile char* at = probe::map(pages, PROT_READ | PROT_WRITE);
    probe::touch(at, pages);
    const pid_t greedy = fork();
    if (greedy == 0) {
        probe::touch(probe::map(kMemory, PROT_READ | PROT_WRITE), kMemory);
        _exit(0);
    }
    waitpid(greedy, nullptr, 0);
    measure("fault: swap-in", pages, "pswpin ", [=] { probe::look(at, pages); });
}

}  // namespace bench
