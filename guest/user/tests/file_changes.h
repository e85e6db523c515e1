// SPDX-License-Identifier: GPL-2.0-or-later
// What holds for files on every file system that can be written: the same checks for /tmp, which is memory,
// and for a disk. They run in the working directory, which is empty before and afterwards.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

namespace file_changes {

inline char buffer[16384];

inline int entries_of(const char* path) {
    DIR* directory = opendir(path);
    if (!directory) return -1;
    int count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2;
}

inline long size_of(const char* path) {
    struct stat status {};
    return stat(path, &status) == 0 ? static_cast<long>(status.st_size) : -1;
}

inline void fill(char* at, unsigned count, unsigned seed) {
    for (unsigned i = 0; i < count; i++)
        at[i] = static_cast<char>((i * 7 + seed) % 251);
}
inline bool is_filled(const char* at, unsigned count, unsigned seed) {
    for (unsigned i = 0; i < count; i++) {
        if (at[i] != static_cast<char>((i * 7 + seed) % 251)) return false;
    }
    return true;
}

inline void creating_and_writing() {
    const int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0666);
    CHECK(fd >= 0);
    CHECK_FAILS(open("a", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
    CHECK_EQ(write(fd, "hello, file", 11), 11);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, buffer, 100), 11);
    CHECK_EQ(memcmp(buffer, "hello, file", 11), 0);
    struct stat status {};
    CHECK_EQ(fstat(fd, &status), 0);
    CHECK_EQ(status.st_mode, S_IFREG | 0644u);  // the umask is 022
    CHECK_EQ(status.st_nlink, 1);
    CHECK_EQ(status.st_size, 11);
    CHECK(status.st_mtime > 0);
    CHECK_EQ(pwrite(fd, "HE", 2, 0), 2);
    CHECK_EQ(pread(fd, buffer, 5, 0), 5);
    CHECK_EQ(memcmp(buffer, "HEllo", 5), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 11);
    fill(buffer, sizeof buffer, 1);
    CHECK_EQ(write(fd, buffer, sizeof buffer), static_cast<long>(sizeof buffer));
    memset(buffer, 0, sizeof buffer);
    CHECK_EQ(pread(fd, buffer, sizeof buffer, 11), static_cast<long>(sizeof buffer));
    CHECK(is_filled(buffer, sizeof buffer, 1));
    CHECK_EQ(fsync(fd), 0);
    CHECK_FAILS(write(fd, reinterpret_cast<void*>(0x10), 4), EFAULT);
    CHECK_EQ(close(fd), 0);
    const int reader = open("a", O_RDONLY);
    CHECK_FAILS(write(reader, "x", 1), EBADF);
    CHECK_FAILS(ftruncate(reader, 0), EINVAL);
    close(reader);
    CHECK_EQ(close(open("a", O_WRONLY | O_TRUNC)), 0);
    CHECK_EQ(size_of("a"), 0);
    CHECK_EQ(unlink("a"), 0);
    CHECK_FAILS(open("a", O_RDONLY), ENOENT);
    CHECK_FAILS(unlink("a"), ENOENT);
}

inline void appending() {
    const int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600), other = open("log", O_WRONLY);
    CHECK_EQ(write(fd, "one", 3), 3);
    CHECK_EQ(pwrite(other, "three", 5, 3), 5);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(write(fd, "END", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 11);
    CHECK_EQ(size_of("log"), 11);
    close(fd);
    close(other);
    CHECK_EQ(unlink("log"), 0);
}

inline void holes_and_truncation() {
    const int fd = open("sparse", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(pwrite(fd, "end", 3, 3000000), 3);
    struct stat status {};
    CHECK_EQ(fstat(fd, &status), 0);
    CHECK_EQ(status.st_size, 3000003);
    CHECK(status.st_blocks <= 64);  // not 5860: the hole takes no room
    memset(buffer, 'x', 8192);
    CHECK_EQ(pread(fd, buffer, 8192, 1000000), 8192);
    int not_zero = 0;
    for (int i = 0; i < 8192; i++)
        not_zero += buffer[i] != 0;
    CHECK_EQ(not_zero, 0);
    fill(buffer, 10000, 3);
    CHECK_EQ(pwrite(fd, buffer, 10000, 0), 10000);
    CHECK_EQ(ftruncate(fd, 5000), 0);
    CHECK_EQ(size_of("sparse"), 5000);
    CHECK_EQ(ftruncate(fd, 10000), 0);
    CHECK_EQ(pread(fd, buffer, 10000, 0), 10000);
    CHECK(is_filled(buffer, 5000, 3));
    for (int i = 5000; i < 10000; i++)
        not_zero += buffer[i] != 0;
    CHECK_EQ(not_zero, 0);
    CHECK_EQ(truncate("sparse", 0), 0);
    CHECK_EQ(fstat(fd, &status), 0);
    CHECK_EQ(status.st_blocks, 0);
    CHECK_FAILS(truncate("sparse", -1), EINVAL);
    CHECK_FAILS(truncate(".", 0), EISDIR);
    close(fd);
    CHECK_EQ(unlink("sparse"), 0);
}

inline void directories() {
    CHECK_EQ(mkdir("d", 0777), 0);
    CHECK_FAILS(mkdir("d", 0777), EEXIST);
    CHECK_FAILS(mkdir("none/d", 0777), ENOENT);
    CHECK_FAILS(mkdir(".", 0777), EEXIST);
    CHECK_EQ(mkdir("d/e/", 0700), 0);
    struct stat status {};
    CHECK_EQ(stat("d", &status), 0);
    CHECK_EQ(status.st_nlink, 3);
    CHECK_EQ(status.st_mode, S_IFDIR | 0755u);
    CHECK_FAILS(rmdir("d"), ENOTEMPTY);
    CHECK_FAILS(unlink("d"), EISDIR);
    CHECK_FAILS(rmdir("d/e/."), EINVAL);
    close(creat("d/f", 0644));
    CHECK_FAILS(rmdir("d/f"), ENOTDIR);
    CHECK_FAILS(mkdir("d/f/g", 0755), ENOTDIR);
    CHECK_EQ(entries_of("d"), 2);
    CHECK_EQ(unlink("d/f"), 0);
    CHECK_EQ(rmdir("d/e"), 0);
    CHECK_EQ(entries_of("d"), 0);
    CHECK_EQ(chdir("d"), 0);
    CHECK_EQ(rmdir("../d"), 0);
    CHECK(getcwd(buffer, sizeof buffer) == nullptr && errno == ENOENT);
    CHECK_FAILS(open("new", O_RDWR | O_CREAT, 0600), ENOENT);
    CHECK_EQ(chdir(".."), 0);
}

inline void links_of_both_kinds() {
    const int fd = creat("first", 0644);
    CHECK_EQ(write(fd, "linked", 6), 6);
    CHECK_EQ(link("first", "second"), 0);
    CHECK_FAILS(link("first", "second"), EEXIST);
    CHECK_FAILS(link(".", "third"), EPERM);
    struct stat status {};
    CHECK_EQ(stat("second", &status), 0);
    CHECK_EQ(status.st_nlink, 2);
    CHECK_EQ(unlink("first"), 0);
    CHECK_EQ(fstat(fd, &status), 0);
    CHECK_EQ(status.st_nlink, 1);
    CHECK_EQ(size_of("second"), 6);
    close(fd);
    CHECK_EQ(symlink("second", "short"), 0);
    CHECK_EQ(readlink("short", buffer, 100), 6);
    CHECK_EQ(size_of("short"), 6);
    memset(buffer, '/', 300);
    memcpy(buffer + 300, "tmp/target", 11);  // too long to be kept in an inode
    CHECK_EQ(symlink(buffer, "long"), 0);
    CHECK_EQ(readlink("long", buffer + 1000, 1000), 310);
    CHECK_EQ(memcmp(buffer, buffer + 1000, 310), 0);
    CHECK_EQ(symlink("made", "dangling"), 0);
    CHECK_FAILS(open("dangling", O_RDONLY), ENOENT);
    CHECK_FAILS(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    const int through = open("dangling", O_RDWR | O_CREAT, 0600);
    CHECK(through >= 0);
    close(through);
    CHECK_EQ(size_of("made"), 0);
    const char* all[] = {"second", "short", "long", "dangling", "made"};
    for (const char* name : all)
        CHECK_EQ(unlink(name), 0);
}

inline void renaming() {
    int fd = creat("old", 0644);
    CHECK_EQ(write(fd, "old", 3), 3);
    close(fd);
    fd = creat("new", 0644);
    CHECK_EQ(write(fd, "newer", 5), 5);
    const int reader = open("new", O_RDONLY);
    close(fd);
    CHECK_EQ(rename("old", "new"), 0);
    CHECK_EQ(size_of("new"), 3);
    CHECK_FAILS(open("old", O_RDONLY), ENOENT);
    CHECK_EQ(read(reader, buffer, 10), 5);  // the replaced file lives while it is open
    close(reader);
    CHECK_EQ(mkdir("dir", 0755), 0);
    CHECK_EQ(mkdir("dir/sub", 0755), 0);
    CHECK_EQ(mkdir("empty", 0755), 0);
    CHECK_FAILS(rename("dir", "dir/sub/x"), EINVAL);
    CHECK_FAILS(rename("empty", "dir"), ENOTEMPTY);
    CHECK_FAILS(rename("new", "empty"), EISDIR);
    CHECK_FAILS(rename("empty", "new"), ENOTDIR);
    CHECK_FAILS(rename("none", "other"), ENOENT);
    CHECK_EQ(rename("new", "dir/sub/moved"), 0);
    CHECK_EQ(rename("dir/sub", "empty"), 0);
    CHECK_EQ(size_of("empty/moved"), 3);
    CHECK_EQ(size_of("empty/../empty/moved"), 3);
    struct stat status {
    }, parent{};
    CHECK_EQ(stat("empty/..", &status), 0);
    CHECK_EQ(stat(".", &parent), 0);
    CHECK_EQ(status.st_ino, parent.st_ino);
    CHECK_EQ(stat("dir", &status), 0);
    CHECK_EQ(status.st_nlink, 2);
    CHECK_FAILS(rename("dir", "/proc/elsewhere"), EXDEV);
    CHECK_EQ(unlink("empty/moved"), 0);
    CHECK_EQ(rmdir("empty"), 0);
    CHECK_EQ(rmdir("dir"), 0);
}

inline void deleted_files_live_on() {
    const int fd = open("gone", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(unlink("gone"), 0);
    fill(buffer, 8000, 5);
    CHECK_EQ(write(fd, buffer, 8000), 8000);
    memset(buffer, 0, 8000);
    CHECK_EQ(pread(fd, buffer, 8000, 0), 8000);
    CHECK(is_filled(buffer, 8000, 5));
    struct stat status {};
    CHECK_EQ(fstat(fd, &status), 0);
    CHECK_EQ(status.st_nlink, 0);
    auto* mapped = static_cast<char*>(mmap(nullptr, 8192, PROT_READ, MAP_SHARED, fd, 0));
    close(fd);
    CHECK(is_filled(mapped, 8000, 5));
    munmap(mapped, 8192);
}

inline void attributes() {
    close(creat("attr", 0600));
    const bool root = getuid() == 0;  // elsewhere, files cannot be given away
    CHECK_EQ(root ? chown("attr", 17, 42) : 0, 0);
    CHECK_EQ(chmod("attr", 04755), 0);
    struct stat status {};
    CHECK_EQ(stat("attr", &status), 0);
    CHECK_EQ(status.st_mode, S_IFREG | 04755u);
    CHECK(!root || (status.st_uid == 17 && status.st_gid == 42));
    const mode_t old = umask(077);
    close(creat("private", 0666));
    umask(old);
    CHECK_EQ(stat("private", &status), 0);
    CHECK_EQ(status.st_mode, S_IFREG | 0600u);
    CHECK_EQ(unlink("attr"), 0);
    CHECK_EQ(unlink("private"), 0);
}

inline unsigned mode_of(const char* path) {
    struct stat status {};
    CHECK_EQ(stat(path, &status), 0);
    return status.st_mode & 07777;
}

/// Whoever changes a program's bytes takes away its right to act for its owner; the superuser does not.
inline void changed_programs_act_for_nobody() {
    constexpr long kSetresuid32 = 208;
    const int fd = open("program", O_RDWR | O_CREAT, 0600);
    const auto as_somebody = [](const auto& body) {
        const pid_t pid = fork();
        if (pid == 0) {
            failed_checks = 0;
            if (getuid() == 0) CHECK_EQ(syscall(kSetresuid32, 1000, 1000, 1000), 0);
            body();
            _exit(failed_checks);
        }
        int status = -1;
        waitpid(pid, &status, 0);
        CHECK_EQ(status, 0);
    };
    CHECK_EQ(chmod("program", 06755), 0);
    as_somebody([fd] { CHECK_EQ(write(fd, "", 0), 0); });
    CHECK_EQ(mode_of("program"), 06755);
    as_somebody([fd] { CHECK_EQ(write(fd, "x", 1), 1); });
    CHECK_EQ(mode_of("program"), 0755);
    CHECK_EQ(chmod("program", 06755), 0);
    as_somebody([fd] { CHECK_EQ(ftruncate(fd, 0), 0); });
    CHECK_EQ(mode_of("program"), 0755);
    CHECK_EQ(chmod("program", 04644), 0);
    as_somebody([fd] { CHECK_EQ(write(fd, "x", 1), 1); });
    CHECK_EQ(mode_of("program"), 0644);
    if (getuid() == 0) {
        CHECK_EQ(chmod("program", 06755), 0);
        CHECK_EQ(write(fd, "x", 1), 1);
        CHECK_EQ(ftruncate(fd, 0), 0);
        CHECK_EQ(mode_of("program"), 06755);
        CHECK_EQ(chown("program", 17, 42), 0);
        CHECK_EQ(mode_of("program"), 0755);
        CHECK_EQ(chmod("program", 06744), 0);  // S_ISGID for locks
        CHECK_EQ(chown("program", -1, 43), 0);
        CHECK_EQ(mode_of("program"), 02744);
        CHECK_EQ(mkdir("shared", 0755), 0);
        CHECK_EQ(chmod("shared", 02755), 0);
        CHECK_EQ(chown("shared", 17, 42), 0);
        CHECK_EQ(mode_of("shared"), 02755);
        CHECK_EQ(rmdir("shared"), 0);
    }
    close(fd);
    CHECK_EQ(unlink("program"), 0);
}

inline void many_files() {
    constexpr int kFiles = 300;
    CHECK_EQ(mkdir("many", 0755), 0);
    for (int i = 0; i < kFiles; i++) {
        snprintf(buffer, 100, "many/a file with number %d", i);
        const int fd = creat(buffer, 0644);
        CHECK_EQ(write(fd, buffer, static_cast<size_t>(i)), i);
        close(fd);
    }
    CHECK_EQ(entries_of("many"), kFiles);
    for (int i = 0; i < kFiles; i += 2) {
        snprintf(buffer, 100, "many/a file with number %d", i);
        CHECK_EQ(unlink(buffer), 0);
    }
    CHECK_EQ(entries_of("many"), kFiles / 2);
    for (int i = 1; i < kFiles; i += 2) {
        snprintf(buffer, 100, "many/a file with number %d", i);
        CHECK_EQ(size_of(buffer), i);
        CHECK_EQ(unlink(buffer), 0);
    }
    CHECK_EQ(rmdir("many"), 0);
}

inline void shared_mappings() {
    const int fd = open("mapped", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(ftruncate(fd, 3 * 4096 + 100), 0);
    auto* at = static_cast<char*>(mmap(nullptr, 4 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    CHECK(at != MAP_FAILED);
    CHECK_EQ(at[5000], 0);
    fill(at, 3 * 4096 + 100, 9);
    CHECK_EQ(pread(fd, buffer, sizeof buffer, 0), 3 * 4096 + 100);
    CHECK(is_filled(buffer, 3 * 4096 + 100, 9));
    CHECK_EQ(pwrite(fd, "seen", 4, 4094), 4);
    CHECK_EQ(memcmp(at + 4094, "seen", 4), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        memcpy(at + 8000, "child", 5);
        _exit(0);
    }
    waitpid(pid, nullptr, 0);
    CHECK_EQ(memcmp(at + 8000, "child", 5), 0);
    munmap(at, 4 * 4096);
    CHECK_EQ(pread(fd, buffer, 5, 8000), 5);
    CHECK_EQ(memcmp(buffer, "child", 5), 0);
    auto* copy = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
    copy[0] = 'p';
    CHECK_EQ(pread(fd, buffer, 1, 0), 1);
    CHECK_EQ(buffer[0], 9);
    munmap(copy, 4096);
    close(fd);
    CHECK_EQ(unlink("mapped"), 0);
}

/// A file that is cut short takes its pages out of the mappings: touching them ends the process by SIGBUS.
inline void truncation_under_a_mapping() {
    const int fd = open("cut", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(ftruncate(fd, 8192), 0);
    auto* at = static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    fill(at, 8192, 2);
    CHECK_EQ(ftruncate(fd, 100), 0);
    CHECK(is_filled(at, 100, 2) && at[100] == 0 && at[4095] == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        at[5000] = 1;
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    CHECK_EQ(ftruncate(fd, 8192), 0);
    CHECK_EQ(at[5000], 0);
    munmap(at, 8192);
    close(fd);
    CHECK_EQ(unlink("cut"), 0);
}

/// A program that runs denies writing to its file, and a file that is being written cannot be run.
inline void programs() {
    const int from = open("/bin/true", O_RDONLY), to = open("prog", O_WRONLY | O_CREAT, 0755);
    for (long got; (got = read(from, buffer, sizeof buffer)) > 0;)
        CHECK_EQ(write(to, buffer, static_cast<size_t>(got)), got);
    close(from);
    char name[] = "prog";
    char* const argv[] = {name, nullptr};
    CHECK_FAILS(execve("prog", argv, environ), ETXTBSY);
    close(to);
    const pid_t pid = fork();
    if (pid == 0) {
        execve("prog", argv, environ);
        _exit(99);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    CHECK_EQ(status, 0);
    CHECK_EQ(unlink("prog"), 0);
}

inline void all() {
    umask(022);
    creating_and_writing();
    appending();
    holes_and_truncation();
    directories();
    links_of_both_kinds();
    renaming();
    deleted_files_live_on();
    attributes();
    changed_programs_act_for_nobody();
    many_files();
    shared_mappings();
    truncation_under_a_mapping();
    programs();
    CHECK_EQ(entries_of("."), 0);
}

}  // namespace file_changes
