// SPDX-License-Identifier: GPL-2.0-or-later
// Writes files to a disk of which a sector cannot be written, if one is mounted at /mnt, and tells of each
// whether fsync or msync acknowledged it.
#include <sys/mount.h>
#include <sys/syscall.h>

#include "tests/file_changes.h"

namespace {

constexpr unsigned kFiles = 80, kSize = 60000;
char bytes[kSize];

bool write_by_call(int fd) {
    return write(fd, bytes, kSize) == static_cast<long>(kSize) && fsync(fd) == 0;
}

bool write_by_mapping(int fd) {
    constexpr int kSync = 4;
    if (ftruncate(fd, kSize) != 0) return false;
    void* at = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return false;
    memcpy(at, bytes, kSize);
    const bool good = __syscall(__NR_msync, reinterpret_cast<long>(at), kSize, kSync) == 0;
    munmap(at, kSize);
    return good;
}

}  // namespace

int main() {
    constexpr unsigned kExt2Magic = 0xEF53;
    struct statfs status {};
    if (statfs("/mnt", &status) == 0 && status.f_type == kExt2Magic) {
        for (unsigned i = 0; i < kFiles; i++) {
            char name[32];
            snprintf(name, sizeof name, "/mnt/file%u", i);
            file_changes::fill(bytes, kSize, i);
            const int fd = open(name, O_RDWR | O_CREAT, 0644);
            const bool good = fd >= 0 && (i % 2 ? write_by_mapping(fd) : write_by_call(fd));
            printf("file %u: %s\n", i, good ? "acknowledged" : strerror(errno));
            close(fd);
        }
    }
    return verdict("ext2_errors");
}
