// SPDX-License-Identifier: GPL-2.0-or-later
// The file system of a disk, if one is mounted at /mnt: everything that /tmp can do, and files whose bytes
// the host looks at afterwards. What the host put on the disk is in /mnt/seed.
#include <sys/mount.h>
#include <sys/syscall.h>

#include "tests/file_changes.h"

namespace {

using file_changes::buffer;
using file_changes::fill;
using file_changes::is_filled;

constexpr long kExt2Magic = 0xEF53;
constexpr int kPieces = 200;

/// 3.2 MB: direct, indirect and doubly indirect blocks.
void large_file() {
    const int fd = open("large", O_RDWR | O_CREAT, 0644);
    for (int i = 0; i < kPieces; i++) {
        fill(buffer, sizeof buffer, static_cast<unsigned>(i));
        CHECK_EQ(write(fd, buffer, sizeof buffer), static_cast<long>(sizeof buffer));
    }
    CHECK_EQ(fsync(fd), 0);
    int wrong = 0;
    for (int i = kPieces - 1; i >= 0; i--) {
        CHECK_EQ(pread(fd, buffer, sizeof buffer, i * static_cast<loff_t>(sizeof buffer)),
                 static_cast<long>(sizeof buffer));
        wrong += is_filled(buffer, sizeof buffer, static_cast<unsigned>(i)) ? 0 : 1;
    }
    CHECK_EQ(wrong, 0);
    close(fd);
}

/// 100 MB of which three pieces exist.
void sparse_file() {
    const int fd = open("sparse", O_RDWR | O_CREAT, 0644);
    const loff_t places[] = {5, 700000, 100000000};
    for (const loff_t at : places)
        CHECK_EQ(pwrite(fd, "piece", 5, at), 5);
    struct stat status {};
    CHECK_EQ(fstat(fd, &status), 0);
    CHECK_EQ(status.st_size, 100000005);
    CHECK(status.st_blocks < 100);
    close(fd);
}

/// Written through a mapping only, three times, each time acknowledged.
void mapped_file() {
    const int fd = open("mapped", O_RDWR | O_CREAT, 0644);
    CHECK_EQ(ftruncate(fd, 40000), 0);
    auto* at = static_cast<char*>(mmap(nullptr, 40000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    close(fd);
    constexpr int kMsync = 144, kSync = 4;
    for (unsigned round = 0; round < 3; round++) {
        fill(at, 40000, round);
        CHECK_EQ(syscall(kMsync, at, 40000, kSync), 0);
    }
    at[20000] = 'L';  // behind the last msync: goes to the disk when the mapping ends
    munmap(at, 40000);
}

void names() {
    CHECK_EQ(symlink("large", "short link"), 0);
    memset(buffer, 'x', 200);
    buffer[200] = '\0';
    CHECK_EQ(symlink(buffer, "long link"), 0);
    CHECK_EQ(link("mapped", "second name"), 0);
    close(creat("replaced", 0644));
    const int fd = creat("replacement", 0640);
    CHECK_EQ(write(fd, "replacement", 11), 11);
    close(fd);
    CHECK_EQ(rename("replacement", "replaced"), 0);
    CHECK_EQ(mkdir("tree", 0755), 0);
    CHECK_EQ(mkdir("tree/branch", 0700), 0);
    CHECK_EQ(rename("tree/branch", "branch"), 0);
    close(creat("branch/leaf", 0600));
}

long meminfo(const char* name) {
    const int fd = open("/proc/meminfo", O_RDONLY);
    const long length = read(fd, buffer, sizeof buffer - 1);
    close(fd);
    buffer[length > 0 ? length : 0] = '\0';
    const char* line = strstr(buffer, name);
    return line ? strtol(line + strlen(name), nullptr, 10) : -1;
}

/// What is in memory only, and what the file system keeps of its own records, in KiB.
void what_meminfo_says_of_the_disk() {
    sync();
    CHECK_EQ(meminfo("Dirty:"), 0);
    CHECK_EQ(meminfo("Writeback:"), 0);
    const int fd = open("dirty", O_RDWR | O_CREAT, 0644);
    for (int page = 0; page < 8; page++)
        CHECK_EQ(pwrite(fd, "x", 1, page * 4096), 1);
    CHECK_EQ(meminfo("Dirty:"), 32);
    CHECK_EQ(fsync(fd), 0);
    CHECK_EQ(meminfo("Dirty:"), 0);
    CHECK(meminfo("Buffers:") > 0);
    close(fd);
    CHECK_EQ(unlink("dirty"), 0);
}

/// Down to the last block: writers are told, mappings get SIGBUS, and all of it comes back.
void full_disk() {
    struct statfs before {
    }, after{};
    sync();
    CHECK_EQ(statfs(".", &before), 0);
    const int fd = open("filler", O_RDWR | O_CREAT, 0644);
    long got = 0;
    while ((got = write(fd, buffer, sizeof buffer)) == static_cast<long>(sizeof buffer)) {
    }
    while (write(fd, buffer, 512) > 0) {
    }
    CHECK_EQ(errno, ENOSPC);
    CHECK_EQ(statfs(".", &after), 0);
    CHECK_EQ(after.f_bfree, 0);
    CHECK_FAILS(mkdir("no room", 0755), ENOSPC);
    const int hole = open("hole", O_RDWR | O_CREAT, 0644);
    CHECK_EQ(ftruncate(hole, 4096), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        *static_cast<volatile char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, hole, 0)) = 1;
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    close(hole);
    CHECK_EQ(unlink("hole"), 0);
    CHECK_EQ(fsync(fd), 0);
    close(fd);
    CHECK_EQ(unlink("filler"), 0);
    sync();
    CHECK_EQ(statfs(".", &after), 0);
    CHECK_EQ(after.f_bfree, before.f_bfree);
}

void what_the_host_wrote() {
    const int fd = open("/mnt/seed/pattern", O_RDONLY);
    CHECK(fd >= 0);
    int wrong = 0;
    long total = 0;
    for (long got; (got = read(fd, buffer, 8192)) > 0; total += got) {
        for (long i = 0; i < got; i++)
            wrong += static_cast<unsigned char>(buffer[i]) != (total + i) % 253 ? 1 : 0;
    }
    CHECK_EQ(total, 300000);
    CHECK_EQ(wrong, 0);
    close(fd);
    CHECK_EQ(readlink("/mnt/seed/link", buffer, 100), 7);
    CHECK_EQ(memcmp(buffer, "pattern", 7), 0);
    CHECK_EQ(unlink("/mnt/seed/to be deleted"), 0);
}

void remounting() {
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(umount("/mnt"), 0);
    CHECK_FAILS(open("/mnt/out/large", O_RDONLY), ENOENT);
    CHECK_FAILS(mount("/dev/hdz", "/mnt", "ext2", 0, nullptr), ENOTBLK);
    CHECK_EQ(mount("/dev/hda", "/mnt", "ext2", MS_RDONLY, nullptr), 0);
    CHECK_FAILS(mount("/dev/hda", "/tmp", "ext2", 0, nullptr), EBUSY);
    CHECK_FAILS(creat("/mnt/out/more", 0644), EROFS);
    const int fd = open("/mnt/out/mapped", O_RDONLY);
    CHECK_EQ(pread(fd, buffer, 1, 20000), 1);
    CHECK_EQ(buffer[0], 'L');
    CHECK_EQ(pread(fd, buffer, 4096, 8192), 4096);
    char wanted[4096];
    for (unsigned i = 0; i < sizeof wanted; i++)
        wanted[i] = static_cast<char>(((8192 + i) * 7 + 2) % 251);
    CHECK_EQ(memcmp(buffer, wanted, sizeof wanted), 0);
    close(fd);
    CHECK_EQ(mount("/dev/hda", "/mnt", "ext2", MS_REMOUNT, nullptr), 0);
    CHECK_EQ(mkdir("/mnt/out/after", 0755), 0);
}

}  // namespace

int main() {
    struct statfs status {};
    if (statfs("/mnt", &status) == 0 && status.f_type == kExt2Magic) {
        what_the_host_wrote();
        CHECK_EQ(mkdir("/mnt/work", 0755), 0);
        CHECK_EQ(chdir("/mnt/work"), 0);
        file_changes::all();
        CHECK_EQ(chdir(".."), 0);
        CHECK_EQ(rmdir("work"), 0);
        CHECK_EQ(mkdir("out", 0755), 0);
        CHECK_EQ(chdir("out"), 0);
        large_file();
        sparse_file();
        mapped_file();
        names();
        what_meminfo_says_of_the_disk();
        full_disk();
        remounting();
        printf("the disk was written\n");
    }
    return verdict("ext2_disk");
}
