// SPDX-License-Identifier: GPL-2.0-or-later
// Several processes that together want more than there is: each gets its own memory back, the token goes
// round, and swapoff brings home what is still out. Wants 16 MiB of RAM and a swap area of 64 MiB on
// /dev/hda.
#include "tests/swap_probe.h"

namespace {
using namespace probe;

constexpr int kProcesses = 4, kRounds = 2;
constexpr size_t kEach = 5 * kMiB, kKept = 2 * kMiB;

[[noreturn]] void worker(unsigned seed) {
    failed_checks = 0;
    unsigned char* at = memory(kEach);
    fill(at, kEach, seed);
    for (int round = 0; round < kRounds; round++)
        CHECK_EQ(wrong(at, kEach, seed), 0);
    _exit(failed_checks);
}

void everybody_gets_his_memory_back() {
    pid_t pids[kProcesses];
    for (int i = 0; i < kProcesses; i++) {
        pids[i] = fork();
        if (pids[i] == 0) worker(static_cast<unsigned>(i) + 10);
        CHECK(pids[i] > 0);
    }
    for (const pid_t pid : pids) {
        int status = -1;
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(status, 0);
    }
    check_slots();
}

/// Forked children share slots with their parent; swapoff serves them all.
void swapoff_brings_everything_home(unsigned char* mine) {
    const pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        failed_checks = 0;
        CHECK_EQ(swapoff(kSwapDisk), 0);
        CHECK_EQ(wrong(mine, kKept, 3), 0);
        _exit(failed_checks);
    }
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    const long before = machine("/proc/vmstat", "pswpin ");
    CHECK_EQ(wrong(mine, kKept, 3), 0);
    CHECK_EQ(machine("/proc/vmstat", "pswpin "), before);
    CHECK_EQ(machine("/proc/meminfo", "SwapTotal:"), 0);
}

void with_a_disk() {
    CHECK_EQ(swapon(kSwapDisk, 0), 0);
    unsigned char* mine = memory(kKept);
    fill(mine, kKept, 3);
    everybody_gets_his_memory_back();
    swapoff_brings_everything_home(mine);
}
}  // namespace

int main() {
    if (have_disk()) with_a_disk();
    return verdict("swap_thrash");
}
