// SPDX-License-Identifier: GPL-2.0-or-later
// Uses the file system at /mnt, if there is one, without caring for the results: whatever the disk claims,
// the kernel gives errors and goes on.
#include <sys/mount.h>

#include "tests/file_changes.h"

namespace {

using file_changes::buffer;

constexpr unsigned kMaxDepth = 4;
int entries_left = 300;

void use_file(const char* path) {
    const int fd = open(path, O_RDWR);
    for (int i = 0; fd >= 0 && i < 8 && read(fd, buffer, sizeof buffer) > 0; i++) {
    }
    if (fd >= 0) {
        pwrite(fd, "changed", 7, 5000);
        auto* at = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
        if (at != MAP_FAILED) munmap(at, 4096);
        fsync(fd);
        ftruncate(fd, 100);
    }
    close(fd);
}

/// Names may be anything, also loops of directories: depth and number are bounded.
void use_directory(const char* path, unsigned depth) {
    char name[700];
    if (depth > kMaxDepth) return;
    DIR* directory = opendir(path);
    if (!directory) return;
    while (const dirent* entry = readdir(directory)) {
        if (--entries_left < 0) break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (strlen(path) + strlen(entry->d_name) + 2 > sizeof name) continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        struct stat status {};
        if (lstat(name, &status)) continue;
        if (S_ISDIR(status.st_mode)) {
            use_directory(name, depth + 1);
        } else if (S_ISLNK(status.st_mode)) {
            readlink(name, buffer, sizeof buffer);
        } else if (S_ISREG(status.st_mode)) {
            use_file(name);
        }
        if (entries_left % 3 == 0) unlink(name);
    }
    closedir(directory);
}

void make_files() {
    for (int i = 0; i < 20; i++) {
        snprintf(buffer, 100, "/mnt/new %d", i);
        const int fd = creat(buffer, 0644);
        if (fd < 0) continue;
        write(fd, buffer, sizeof buffer);
        close(fd);
    }
    mkdir("/mnt/new dir", 0755);
    rename("/mnt/new 3", "/mnt/new dir/moved");
    rename("/mnt/new dir", "/mnt/new name");
    rmdir("/mnt/lost+found");
    link("/mnt/new 4", "/mnt/new link");
    unlink("/mnt/new 5");
}

}  // namespace

int main() {
    constexpr unsigned kExt2Magic = 0xEF53;
    struct statfs status {};
    if (statfs("/mnt", &status) == 0 && status.f_type == kExt2Magic) {
        use_directory("/mnt", 0);
        make_files();
        sync();
        use_directory("/mnt", 0);
        umount("/mnt");
    }
    return verdict("ext2_damage");
}
