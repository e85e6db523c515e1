// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/shadow keeps a copy of a page table coherent: whatever changes an entry is told to the listeners of
// the address space, and what only adds one is not.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/mm_probe.h"

namespace {

using probe::kPage;
enum : unsigned long { SHADOW_ATTACH = 0x5301, SHADOW_FILL = 0x5302, SHADOW_DETACH = 0x5303 };

int device;

struct told {
    long entries, starts, ends, pages, releases;
};
told now() {
    lseek(device, 0, SEEK_SET);
    long length = 0, got = 0;
    while ((got = read(device, probe::text + length, 8192)) > 0)
        length += got;
    probe::text[length] = '\0';
    return {probe::number("entries "), probe::number("range_starts "), probe::number("range_ends "),
            probe::number("pages "), probe::number("releases ")};
}
/// The shadow's entry of an address: 'r', 'w', or '-' if it has none. After now().
char entry_of(const volatile void* address) {
    char line[16];
    snprintf(line, sizeof line, "\n%08lx ", reinterpret_cast<unsigned long>(address));
    const char* at = strstr(probe::text, line);
    return at ? at[16] : '-';
}

long fill(volatile char* at, size_t pages) {
    const unsigned long request[2] = {reinterpret_cast<unsigned long>(at), pages};
    return ioctl(device, SHADOW_FILL, request);
}
void attach(pid_t pid) {
    device = open("/dev/shadow", O_RDONLY);
    CHECK(device >= 0);
    CHECK_EQ(ioctl(device, SHADOW_ATTACH, pid), 0);
}

volatile char* map(size_t pages) {
    void* at = mmap(nullptr, pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    return static_cast<volatile char*>(at);
}
void touch(volatile char* at, size_t pages) {
    for (size_t i = 0; i < pages; i++)
        at[i * kPage] = 1;
}

void wrong_requests_are_refused() {
    device = open("/dev/shadow", O_RDONLY);
    CHECK_FAILS(ioctl(device, SHADOW_FILL, 0), EFAULT);
    const unsigned long request[2] = {0x1000, 1}, kernel[2] = {0xC0000000, 1}, huge[2] = {0x1000, 0xFFFFFFFF};
    CHECK_FAILS(ioctl(device, SHADOW_FILL, request), EINVAL);
    CHECK_FAILS(ioctl(device, SHADOW_DETACH, 0), EINVAL);
    CHECK_FAILS(ioctl(device, SHADOW_ATTACH, 12345), ESRCH);
    CHECK_FAILS(ioctl(device, 1, 0), ENOTTY);
    CHECK_EQ(ioctl(device, SHADOW_ATTACH, getpid()), 0);
    CHECK_FAILS(ioctl(device, SHADOW_ATTACH, getpid()), EBUSY);
    CHECK_FAILS(ioctl(device, SHADOW_FILL, kernel), EINVAL);
    CHECK_FAILS(ioctl(device, SHADOW_FILL, huge), EINVAL);
    CHECK_EQ(ioctl(device, SHADOW_DETACH, 0), 0);
    close(device);
}

void additions_are_not_told() {
    const told before = now();
    volatile char* at = map(4);
    touch(at, 3);
    const told after = now();
    CHECK_EQ(after.starts, before.starts);
    CHECK_EQ(after.pages, before.pages);
    CHECK_EQ(fill(at, 4), 3);  // the fourth is not there
    CHECK_EQ(now().entries, before.entries + 3);
    CHECK_EQ(entry_of(at), 'w');
    CHECK_EQ(entry_of(at + 3 * kPage), '-');
    munmap(const_cast<char*>(at), 4 * kPage);
}

void munmap_and_mprotect_are_ranges() {
    volatile char* at = map(4);
    touch(at, 4);
    CHECK_EQ(fill(at, 4), 4);
    told before = now();
    CHECK_EQ(munmap(const_cast<char*>(at + kPage), kPage), 0);
    told after = now();
    CHECK_EQ(after.starts, before.starts + 1);
    CHECK_EQ(after.ends, after.starts);
    CHECK_EQ(after.entries, before.entries - 1);
    CHECK_EQ(entry_of(at), 'w');
    CHECK_EQ(entry_of(at + kPage), '-');
    CHECK_EQ(mprotect(const_cast<char*>(at), kPage, PROT_READ), 0);
    after = now();
    CHECK_EQ(after.starts, before.starts + 2);
    CHECK_EQ(after.ends, after.starts);
    CHECK_EQ(entry_of(at), '-');
    CHECK_EQ(fill(at, 1), 1);
    now();
    CHECK_EQ(entry_of(at), 'r');
    munmap(const_cast<char*>(at), 4 * kPage);
    CHECK_EQ(now().entries, before.entries - 4);
}

/// The parent's entries lose their right to be written; the first write afterwards is one page.
void fork_is_a_range_and_copying_a_page() {
    volatile char* at = map(2);
    touch(at, 2);
    CHECK_EQ(fill(at, 2), 2);
    told before = now();
    const pid_t child = fork();
    if (child == 0) {
        for (;;)
            pause();
    }
    told after = now();
    CHECK(after.starts > before.starts);
    CHECK_EQ(after.ends, after.starts);
    CHECK_EQ(entry_of(at), '-');
    CHECK_EQ(fill(at, 2), 2);
    before = now();
    CHECK_EQ(entry_of(at), 'r');
    at[0] = 2;
    after = now();
    CHECK_EQ(after.pages, before.pages + 1);
    CHECK_EQ(after.starts, before.starts);
    CHECK_EQ(entry_of(at), '-');
    CHECK_EQ(entry_of(at + kPage), 'r');
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    munmap(const_cast<char*>(at), 2 * kPage);
}

/// The shadow of another process, beyond its end.
void exit_releases() {
    const pid_t child = fork();
    if (child == 0) {
        for (;;)
            pause();
    }
    const int own = device;
    attach(child);
    CHECK(fill(reinterpret_cast<volatile char*>(&device), 1) >= 0);
    CHECK_EQ(now().releases, 0);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    CHECK_EQ(now().releases, 1);
    CHECK_EQ(now().entries, 0);
    CHECK_FAILS(fill(reinterpret_cast<volatile char*>(&device), 1), ESRCH);
    CHECK_EQ(ioctl(device, SHADOW_DETACH, 0), 0);
    CHECK_EQ(now().releases, 1);
    close(device);
    device = own;
}

/// A child has no listener of its own: what it does is not told.
void children_are_not_listened_to() {
    const told before = now();
    const pid_t child = fork();
    if (child == 0) {
        volatile char* at = map(1);
        touch(at, 1);
        munmap(const_cast<char*>(at), kPage);
        _exit(0);
    }
    const told forked = now();
    waitpid(child, nullptr, 0);
    const told after = now();
    CHECK(forked.starts >= before.starts);
    CHECK_EQ(after.starts, forked.starts);
    CHECK_EQ(after.releases, 0);
}

}  // namespace

int main() {
    if (!since_2_6_28()) {  // nobody can listen
        CHECK_FAILS(open("/dev/shadow", O_RDONLY), ENODEV);
        return verdict("shadow");
    }
    wrong_requests_are_refused();
    attach(getpid());
    additions_are_not_told();
    munmap_and_mprotect_are_ranges();
    fork_is_a_range_and_copying_a_page();
    exit_releases();
    children_are_not_listened_to();
    close(device);
    return verdict("shadow");
}
