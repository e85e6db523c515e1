// SPDX-License-Identifier: GPL-2.0-or-later
// /tmp, the file system in memory: its room, mounting, and how deleted files are spelled.
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "tests/file_changes.h"

namespace {

unsigned long long free_blocks() {
    struct statfs status {};
    CHECK_EQ(statfs(".", &status), 0);
    return status.f_bfree;
}

/// The pages of a deleted file come back, and a full file system says so.
void room() {
    const unsigned long long before = free_blocks();
    const int fd = open("big", O_RDWR | O_CREAT, 0600);
    long written = 0, got = 0;
    while ((got = write(fd, file_changes::buffer, sizeof file_changes::buffer)) > 0)
        written += got;
    CHECK_EQ(errno, ENOSPC);
    CHECK_EQ(written, static_cast<long>(before * 4096));
    CHECK_EQ(free_blocks(), 0);
    CHECK_EQ(ftruncate(fd, 4096), 0);
    CHECK_EQ(free_blocks(), before - 1);
    close(fd);
    CHECK_EQ(unlink("big"), 0);
    CHECK_EQ(free_blocks(), before);
}

void mounts() {
    CHECK_EQ(mkdir("m", 0755), 0);
    CHECK_FAILS(mount("none", "m", "nonefs", 0, nullptr), ENODEV);
    CHECK_FAILS(mount("none", "missing", "ramfs", 0, nullptr), ENOENT);
    CHECK_FAILS(umount("m"), EINVAL);
    close(creat("m/hidden", 0644));
    CHECK_EQ(mount("none", "m", "ramfs", 0, nullptr), 0);
    CHECK_EQ(file_changes::entries_of("m"), 0);
    CHECK_EQ(mkdir("m/inner", 0755), 0);
    const int fd = creat("m/inner/file", 0644);
    CHECK_EQ(chdir("m/inner"), 0);
    CHECK_TEXT(getcwd(file_changes::buffer, 100), "/tmp/m/inner");
    CHECK_EQ(chdir("../.."), 0);
    CHECK_TEXT(getcwd(file_changes::buffer, 100), "/tmp");
    CHECK_FAILS(umount("m"), EBUSY);
    CHECK_FAILS(rename("m", "n"), EBUSY);
    CHECK_FAILS(rmdir("m"), EBUSY);
    CHECK_FAILS(link("m/inner/file", "outside"), EXDEV);
    close(fd);
    CHECK_EQ(mount("none", "m", "ramfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
    CHECK_FAILS(open("m/inner/file", O_RDWR), EROFS);
    CHECK_FAILS(creat("m/other", 0644), EROFS);
    CHECK_FAILS(unlink("m/inner/file"), EROFS);
    CHECK_EQ(umount("m"), 0);
    CHECK_EQ(file_changes::entries_of("m"), 1);
    CHECK_EQ(unlink("m/hidden"), 0);
    CHECK_EQ(rmdir("m"), 0);
}

/// The lines from the first of /tmp on.
const char* mounted() {
    static char text[2048];
    const int fd = open("/proc/mounts", O_RDONLY);
    const long length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    const char* from = strstr(text, "tmpfs /tmp ");
    return from ? from : text;
}

void what_is_mounted_can_be_read() {
    CHECK_EQ(readlink("/proc/mounts", file_changes::buffer, 100), 11);
    CHECK_EQ(memcmp(file_changes::buffer, "self/mounts", 11), 0);
    CHECK_TEXT(mounted(), "tmpfs /tmp ramfs rw 0 0\n");
    CHECK_EQ(mkdir("a place", 0755), 0);
    CHECK_EQ(mount("no\tdevice", "a place", "ramfs", MS_RDONLY, nullptr), 0);
    CHECK_TEXT(mounted(), "tmpfs /tmp ramfs rw 0 0\nno\\011device /tmp/a\\040place ramfs ro 0 0\n");
    CHECK_EQ(umount("a place"), 0);
    CHECK_TEXT(mounted(), "tmpfs /tmp ramfs rw 0 0\n");
    CHECK_EQ(rmdir("a place"), 0);
}

/// A deleted file that is mapped is spelled so in /proc.
void deleted_names() {
    const int fd = open("name", O_RDWR | O_CREAT, 0644);
    CHECK_EQ(write(fd, "x", 1), 1);
    auto* at = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
    CHECK_EQ(unlink("name"), 0);
    close(fd);
    const int maps = open("/proc/self/maps", O_RDONLY);
    CHECK(read(maps, file_changes::buffer, sizeof file_changes::buffer - 1) > 0);
    CHECK(strstr(file_changes::buffer, "/tmp/name (deleted)\n") != nullptr);
    close(maps);
    munmap(at, 4096);
}

}  // namespace

int main() {
    CHECK_EQ(chdir("/tmp"), 0);
    room();
    mounts();
    what_is_mounted_can_be_read();
    deleted_names();
    return verdict("write_files");
}
