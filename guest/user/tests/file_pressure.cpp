// SPDX-License-Identifier: GPL-2.0-or-later
// A shared mapping of a file that is larger than memory: dirty pages go to the file and come back from it.
// Wants 16 MiB of RAM and an ext2 file system of 32 MiB on /dev/hda.
#include <fcntl.h>

#include "tests/swap_probe.h"

namespace {
using namespace probe;

constexpr size_t kSize = 18 * kMiB;

void with_a_disk() {
    const int fd = open("/mnt/large", O_RDWR | O_CREAT, 0644);
    CHECK(fd >= 0);
    CHECK_EQ(lseek(fd, kSize - 1, SEEK_SET), static_cast<long>(kSize - 1));
    CHECK_EQ(write(fd, "", 1), 1);
    void* at = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    fill(at, kSize, 1);
    CHECK_EQ(wrong(at, kSize, 1), 0);
    CHECK(machine("/proc/vmstat", "pgsteal ") > 0);
    CHECK_EQ(machine("/proc/vmstat", "oom_kill "), 0);
    CHECK_EQ(munmap(at, kSize), 0);
    close(fd);
}
}  // namespace

int main() {
    if (have_disk()) with_a_disk();
    return verdict("file_pressure");
}
