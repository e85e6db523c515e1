// SPDX-License-Identifier: GPL-2.0-or-later
// A disk that cannot give a page back: the process that wants it gets SIGBUS, and the rest of its memory is
// what it was. Wants 16 MiB of RAM and a swap area of 64 MiB on /dev/hda in which one sector cannot be read.
#include <signal.h>

#include "tests/swap_probe.h"

namespace {
using namespace probe;

constexpr size_t kSize = 24 * kMiB;

volatile size_t lost_at = ~0ul;  // the page that did not come back
unsigned char* memory_start;

/// Puts a fresh page in the place of the lost one, so that the access can be repeated.
void on_sigbus(int, siginfo_t* info, void*) {
    const auto address = reinterpret_cast<unsigned long>(info->si_addr) & ~(kPage - 1);
    CHECK_EQ(info->si_code, BUS_ADRERR);
    CHECK(lost_at == ~0ul);
    lost_at = address - reinterpret_cast<unsigned long>(memory_start);
    void* fresh = mmap(reinterpret_cast<void*>(address), kPage, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK_EQ(reinterpret_cast<unsigned long>(fresh), address);
}

void with_a_disk() {
    struct sigaction action {};
    action.sa_sigaction = on_sigbus;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGBUS, &action, nullptr);
    CHECK_EQ(swapon(kSwapDisk, 0), 0);
    memory_start = memory(kSize);
    fill(memory_start, kSize, 1);
    const size_t different = wrong(memory_start, kSize, 1);
    CHECK(lost_at < kSize);
    CHECK(different > 0 && different <= kPage / 4);  // the fresh page
    fill(memory_start + lost_at, kPage, 1);
    check_slots();
    CHECK_EQ(munmap(memory_start, kSize), 0);
    check_slots_are_free_again();
    CHECK_EQ(swapoff(kSwapDisk), 0);
    if (failed_checks == 0) printf("one page was lost\n");
}
}  // namespace

int main() {
    if (have_disk()) with_a_disk();
    return verdict("swap_errors");
}
