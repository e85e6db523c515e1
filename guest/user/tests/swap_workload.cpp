// SPDX-License-Identifier: GPL-2.0-or-later
// More memory than there is: every byte comes back as it was written, also after fork, mprotect and munmap,
// and in the end no slot is used. Wants a swap area of 64 MiB on /dev/hda and 16 MiB of RAM; with less
// pressure it finds the same.
#include "tests/swap_probe.h"

namespace {
using namespace probe;

constexpr size_t kSize = 48 * kMiB, kPart = 4 * kMiB, kKept = 3 * kPart;

void without_a_disk() {
    CHECK_FAILS(swapon("/dev/hda", 0), ENOENT);
    CHECK_FAILS(swapoff("/dev/hda"), ENOENT);
    CHECK_FAILS(swapon("/dev/console", 0), EINVAL);
    CHECK_FAILS(swapon(reinterpret_cast<const char*>(0x10), 0), EFAULT);
    CHECK_EQ(machine("/proc/meminfo", "SwapTotal:"), 0);
}

/// Each part has its own pattern; they are looked at in another order than they were written in.
void every_byte_comes_back(unsigned char* at) {
    for (size_t part = 0; part < kSize; part += kPart)
        fill(at + part, kPart, static_cast<unsigned>(part / kPart) + 1);
    check_slots();
    for (size_t i = 0, part = 0; i < kSize / kPart; i++, part = (part + 5 * kPart) % kSize)
        CHECK_EQ(wrong(at + part, kPart, static_cast<unsigned>(part / kPart) + 1), 0);
    check_slots();
}

void child_of_swapped_pages(unsigned char* at) {
    CHECK_EQ(wrong(at, kPart, 1), 0);
    fill(at, kPart, 100);
    CHECK_EQ(wrong(at, kPart, 100), 0);
}

/// The child sees the parent's memory, changes its own, and the parent's stays.
void fork_with_swapped_pages(unsigned char* at) {
    const pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        failed_checks = 0;
        child_of_swapped_pages(at);
        _exit(failed_checks);
    }
    CHECK_EQ(wrong(at + 2 * kPart, kPart, 3), 0);
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(wrong(at, kPart, 1), 0);
    check_slots();
}

/// Entries that name slots keep them whatever the rights of their area are.
void protection_does_not_matter(unsigned char* at) {
    CHECK_EQ(mprotect(at, kPart, PROT_READ), 0);
    CHECK_EQ(mprotect(at + kPart, kPart, PROT_NONE), 0);
    CHECK_EQ(wrong(at, kPart, 1), 0);
    CHECK_EQ(wrong(at + 5 * kPart, kPart, 6), 0);  // the others may go out meanwhile
    CHECK_EQ(mprotect(at, 2 * kPart, PROT_READ | PROT_WRITE), 0);
    CHECK_EQ(wrong(at + kPart, kPart, 2), 0);
}

void faults_are_counted() {
    load("/proc/self/stat");
    CHECK(now().major > 0);
    CHECK(machine("/proc/vmstat", "pswpin ") > 0);
    CHECK(machine("/proc/vmstat", "pswpout ") > 0);
}

void what_is_unmapped_leaves_its_slots(unsigned char* at) {
    const long before = swap_used();
    CHECK_EQ(munmap(at + kKept, kSize - kKept), 0);
    if (before > static_cast<long>(kKept / 1024)) CHECK(swap_used() < before);
    check_slots();
}

void with_a_disk() {
    CHECK_EQ(swapon(kSwapDisk, 0), 0);
    CHECK_FAILS(swapon(kSwapDisk, 0), EBUSY);
    unsigned char* at = memory(kSize);
    every_byte_comes_back(at);
    protection_does_not_matter(at);
    if (machine("/proc/meminfo", "MemTotal:") < static_cast<long>(kSize / 1024)) faults_are_counted();
    what_is_unmapped_leaves_its_slots(at);
    fork_with_swapped_pages(at);  // a child of the whole would be promised more than there is
    CHECK_EQ(munmap(at, kKept), 0);
    check_slots_are_free_again();
    CHECK_EQ(swapoff(kSwapDisk), 0);
    CHECK_FAILS(swapoff(kSwapDisk), EINVAL);
}
}  // namespace

int main() {
    if (have_disk())
        with_a_disk();
    else
        without_a_disk();
    return verdict("swap_workload");
}
