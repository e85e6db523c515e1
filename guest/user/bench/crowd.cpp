// SPDX-License-Identifier: GPL-2.0-or-later
// Many processes that share, copy and keep memory, all asleep when the host looks at them.
#include <signal.h>
#include <stdlib.h>

#include "bench/bench.h"

namespace bench {

namespace {

using probe::kPage;

constexpr size_t kInherited = 12;  // pages that each process has of the first one, and partly copies

/// Areas of every kind: private and shared, of files, split by protection, locked, a heap.
void settle_down(uint32_t number, char* inherited) {
    auto* own = const_cast<char*>(probe::map(8 + number % 5, PROT_READ | PROT_WRITE));
    probe::touch(own, 6);
    mprotect(own + 2 * kPage, kPage, PROT_READ);
    if (number % 3 == 0) mlock(own, kPage);
    const int program = open("/bin/bench", O_RDONLY);
    auto* mapped = static_cast<volatile char*>(mmap(nullptr, 3 * kPage, PROT_READ, MAP_SHARED, program, 0));
    auto* copied = static_cast<volatile char*>(
        mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, program, kPage));
    close(program);
    probe::look(mapped, 2);
    probe::look(copied, 2);
    probe::touch(copied, 1);
    probe::touch(static_cast<char*>(sbrk(3 * kPage)), 2 + number % 2);
    for (size_t page = number % 4; page < kInherited; page += 3)
        inherited[page * kPage] = 1;
}

}  // namespace

/// `processes` in all, this one included; a zombie besides. Checkpoint kCrowd when all others sleep.
void crowd(uint32_t processes) {
    auto* ready = static_cast<volatile uint32_t*>(
        mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    auto* inherited = const_cast<char*>(probe::map(kInherited, PROT_READ | PROT_WRITE));
    probe::touch(inherited, kInherited);
    if (fork() == 0) _exit(0);
    for (uint32_t number = 1; number < processes; number++) {
        if (fork() != 0) continue;
        settle_down(number, inherited);
        __atomic_fetch_add(ready, 1, __ATOMIC_SEQ_CST);
        for (;;)
            pause();
    }
    while (*ready != processes - 1)
        usleep(10'000);
    usleep(100'000);
    checkpoint(kCrowd);
    kill(-1, SIGKILL);
    while (wait(nullptr) > 0) {
    }
}

}  // namespace bench
