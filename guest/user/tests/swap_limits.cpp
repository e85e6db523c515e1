// SPDX-License-Identifier: GPL-2.0-or-later
// When swap space is not enough: the process that wants too much is ended, and nobody else. And areas that
// are none. Wants 16 MiB of RAM and a swap area of 4 MiB on /dev/hda.
#include <fcntl.h>
#include <signal.h>

#include "tests/swap_probe.h"

namespace {
using namespace probe;

constexpr size_t kMine = kMiB, kLocked = kMiB / 2, kTooMuch = 64 * kMiB, kStep = kMiB;

/// Asks for memory in pieces, each small enough to be granted, and uses it all.
void take_everything() {
    for (size_t taken = 0; taken < kTooMuch; taken += kStep) {
        void* at =
            mmap(nullptr, kStep, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED) _exit(1);
        fill(at, kStep, static_cast<unsigned>(taken));
    }
    _exit(2);
}

/// Twice, so that what the first took is known to be free again.
void the_greedy_process_is_ended() {
    for (int round = 0; round < 2; round++) {
        const long kills = machine("/proc/vmstat", "oom_kill ");
        const pid_t pid = fork();
        if (pid == 0) take_everything();
        int status = -1;
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(status, SIGKILL);
        CHECK_EQ(machine("/proc/vmstat", "oom_kill "), kills + 1);
        check_slots();
    }
}

/// Every page is in memory, though everything else was pushed out.
void locked_pages_never_leave(void* locked) {
    unsigned char there[kLocked / kPage];
    CHECK_EQ(mincore(locked, kLocked, there), 0);
    size_t missing = 0;
    for (const unsigned char page : there)
        missing += !(page & 1);
    CHECK_EQ(missing, 0);
    const long major = now().major;
    CHECK_EQ(wrong(locked, kLocked, 7), 0);
    CHECK_EQ(now().major, major);
}

// Headers that are none
// ----------------------------------------------------------------------------------------

struct header {
    char boot_sector[1024];
    unsigned version, last_page, nr_badpages;
    char uuid[32];
    unsigned padding[117], badpages[637];
    char gap[2], magic[10];
};
static_assert(sizeof(header) == kPage);
header good, bad;

void put(const header& h) {
    const int fd = open(kSwapDisk, O_RDWR);
    CHECK_EQ(write(fd, &h, sizeof h), static_cast<long>(sizeof h));
    close(fd);
}

template <class Change>
void refused(Change change) {
    bad = good;
    change(&bad);
    put(bad);
    CHECK_FAILS(swapon(kSwapDisk, 0), EINVAL);
}

void bad_headers_are_refused() {
    const int fd = open(kSwapDisk, O_RDONLY);
    CHECK_EQ(read(fd, &good, sizeof good), static_cast<long>(sizeof good));
    close(fd);
    refused([](header* h) { h->magic[0] = 'X'; });
    refused([](header* h) { memcpy(h->magic, "SWAP-SPACE", 10); });
    refused([](header* h) { h->version = 0; });
    refused([](header* h) { h->version = 2; });
    refused([](header* h) { h->last_page = 0; });
    refused([](header* h) { h->last_page++; });
    refused([](header* h) { h->last_page = 0xFFFFFFFF; });
    refused([](header* h) { h->nr_badpages = 638; });
    refused([](header* h) { h->nr_badpages = 0xFFFFFFFF; });
    refused([](header* h) { h->nr_badpages = 1; });  // slot 0
    refused([](header* h) { h->nr_badpages = 1, h->badpages[0] = h->last_page + 1; });
    refused([](header* h) { h->nr_badpages = 2, h->badpages[0] = h->badpages[1] = 5; });
    refused([](header* h) { h->last_page = 1, h->nr_badpages = 1, h->badpages[0] = 1; });
    CHECK_EQ(machine("/proc/meminfo", "SwapTotal:"), 0);
    bad = good;
    bad.nr_badpages = 3;
    bad.badpages[0] = 1, bad.badpages[1] = 7, bad.badpages[2] = bad.last_page;
    put(bad);
    CHECK_EQ(swapon(kSwapDisk, SWAP_FLAG_PREFER | 5), 0);
    CHECK_EQ(machine("/proc/meminfo", "SwapTotal:"), static_cast<long>(bad.last_page - 3) * 4);
    load("/proc/swaps");
    CHECK(strstr(text, "/dev/hda") && strstr(text, "\t5\n"));
    CHECK_EQ(swapoff(kSwapDisk), 0);
    put(good);
}

void with_a_disk() {
    bad_headers_are_refused();
    CHECK_EQ(swapon(kSwapDisk, 0), 0);
    unsigned char* mine = memory(kMine);
    unsigned char* locked = memory(kLocked);
    fill(mine, kMine, 5);
    fill(locked, kLocked, 7);
    CHECK_EQ(mlock(locked, kLocked), 0);
    the_greedy_process_is_ended();
    locked_pages_never_leave(locked);
    CHECK_EQ(wrong(mine, kMine, 5), 0);
    CHECK_EQ(swapoff(kSwapDisk), 0);
    CHECK_EQ(wrong(mine, kMine, 5), 0);
    load("/proc/swaps");
    CHECK(!strstr(text, "/dev/hda"));
}
}  // namespace

int main() {
    if (have_disk()) with_a_disk();
    return verdict("swap_limits");
}
