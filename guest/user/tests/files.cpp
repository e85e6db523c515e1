// SPDX-License-Identifier: GPL-2.0-or-later
// Files: opening, reading, seeking, descriptors, paths, links, directories, devices, and the errors of each.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

namespace {
constexpr char kFile[] = "/share/pages.txt";
constexpr long kSize = 14336;
char buffer[2 * kSize];

void reading_and_seeking() {
    const int fd = open(kFile, O_RDONLY);
    CHECK_EQ(read(fd, buffer, 10), 10);
    CHECK_EQ(memcmp(buffer, "page 0, li", 10), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
    CHECK_EQ(lseek(fd, 4096, SEEK_SET), 4096);
    CHECK_EQ(read(fd, buffer, 6), 6);
    CHECK_EQ(memcmp(buffer, "page 1", 6), 0);
    CHECK_EQ(lseek(fd, -3, SEEK_END), kSize - 3);
    CHECK_EQ(read(fd, buffer, 100), 3);
    CHECK_EQ(read(fd, buffer, 100), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, buffer, sizeof(buffer)), kSize);
    CHECK_EQ(memcmp(buffer + 3 * 4096, "page 3", 6), 0);
    CHECK_FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_FAILS(lseek(fd, 0, 9), EINVAL);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_FAILS(read(fd, reinterpret_cast<void*>(0x10), 8), EFAULT);
    CHECK_FAILS(read(fd, reinterpret_cast<void*>(0xC0100000), 8), EFAULT);
    CHECK_FAILS(write(fd, "x", 1), EBADF);
    CHECK_EQ(close(fd), 0);
    CHECK_FAILS(close(fd), EBADF);
    CHECK_FAILS(read(fd, buffer, 1), EBADF);
    CHECK_FAILS(read(-1, buffer, 1), EBADF);
    CHECK_FAILS(read(100000, buffer, 1), EBADF);
}

void vectors_and_positions() {
    struct {
        void* base;
        size_t length;
    } pieces[2] = {{buffer, 5}, {buffer + 100, 3}};
    const int fd = open(kFile, O_RDONLY);
    CHECK_EQ(syscall(145, fd, pieces, 2), 8);  // readv
    CHECK_EQ(memcmp(buffer, "page ", 5), 0);
    CHECK_EQ(memcmp(buffer + 100, "0, ", 3), 0);
    CHECK_FAILS(syscall(145, fd, pieces, 5000), EINVAL);
    long long position = 0;
    CHECK_EQ(syscall(140, fd, 0, 4096, &position, SEEK_SET), 0);  // _llseek
    CHECK_EQ(position, 4096);
    CHECK_EQ(syscall(180, fd, buffer, 6, 8192, 0), 6);  // pread64
    CHECK_EQ(memcmp(buffer, "page 2", 6), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4096);
    CHECK_EQ(fsync(fd), 0);
    close(fd);
}

void the_root_is_read_only() {
    CHECK_FAILS(open(kFile, O_WRONLY), EROFS);
    CHECK_FAILS(open(kFile, O_RDWR), EROFS);
    CHECK_FAILS(open(kFile, O_RDONLY | O_TRUNC), EROFS);
    CHECK_FAILS(open("/new", O_RDWR | O_CREAT, 0644), EROFS);
    CHECK_FAILS(open(kFile, O_RDONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    CHECK_FAILS(open("/share", O_WRONLY), EISDIR);
    CHECK_FAILS(open("/share", O_RDONLY | O_CREAT, 0644), EISDIR);
    CHECK_FAILS(open(kFile, O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_FAILS(access(kFile, W_OK), EROFS);
    CHECK_FAILS(access(kFile, X_OK), EACCES);
    CHECK_EQ(access("/bin/sh", X_OK | R_OK), 0);
    CHECK_FAILS(access("/bin/none", F_OK), ENOENT);
    const int fd = open(kFile, O_RDONLY);
    CHECK_EQ(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES,
             1);
    close(fd);
}

void paths() {
    static char deep[5000];
    memset(deep, 'x', sizeof(deep) - 1);
    CHECK_FAILS(open("/none", O_RDONLY), ENOENT);
    CHECK_FAILS(open("", O_RDONLY), ENOENT);
    CHECK_FAILS(open("/init/x", O_RDONLY), ENOTDIR);
    CHECK_FAILS(open("/init/", O_RDONLY), ENOTDIR);
    CHECK_FAILS(open(deep, O_RDONLY), ENAMETOOLONG);
    deep[300] = '\0';
    CHECK_FAILS(open(deep, O_RDONLY), ENAMETOOLONG);
    CHECK_FAILS(open(reinterpret_cast<char*>(0xC0000000), O_RDONLY), EFAULT);
    CHECK_FAILS(open(nullptr, O_RDONLY), EFAULT);
    int fd = open("//share/.././share//./pages.txt", O_RDONLY);
    CHECK(fd >= 0);
    close(fd);
    fd = open("/../../bin/../init", O_RDONLY);
    CHECK(fd >= 0);
    close(fd);
}

void working_directory() {
    CHECK_EQ(chdir("/share/../bin"), 0);
    CHECK_TEXT(getcwd(buffer, sizeof(buffer)), "/bin");
    CHECK_FAILS(chdir("/init"), ENOTDIR);
    CHECK_FAILS(chdir("none"), ENOENT);
    const int fd = open("sh", O_RDONLY);
    CHECK(fd >= 0);
    close(fd);
    const int directory = open("/share", O_RDONLY | O_DIRECTORY);
    CHECK_EQ(syscall(133, directory), 0);  // fchdir
    CHECK_TEXT(getcwd(buffer, sizeof(buffer)), "/share");
    close(directory);
    CHECK(getcwd(buffer, 3) == nullptr && errno == ERANGE);
    CHECK_EQ(chdir("/"), 0);
    CHECK_TEXT(getcwd(buffer, sizeof(buffer)), "/");
}

/// The calls that begin at an open directory: openat, fstatat64, readlinkat, faccessat.
void relative_to_a_directory() {
    constexpr int kOpenAt = 295, kStatAt = 300, kReadLinkAt = 305, kAccessAt = 307, kWorkingDirectory = -100;
    struct stat status {};
    const int share = open("/share", O_RDONLY | O_DIRECTORY);
    const int fd = static_cast<int>(syscall(kOpenAt, share, "pages.txt", O_RDONLY, 0));
    CHECK(fd > share);
    CHECK_EQ(syscall(kStatAt, share, "../share/pages.txt", &status, 0), 0);
    CHECK_EQ(status.st_size, kSize);
    CHECK_EQ(syscall(kStatAt, share, "motd", &status, 0x100), 0);  // AT_SYMLINK_NOFOLLOW
    CHECK(S_ISLNK(status.st_mode));
    CHECK_EQ(syscall(kStatAt, fd, "", &status, 0x1000), 0);  // AT_EMPTY_PATH
    CHECK_EQ(status.st_size, kSize);
    CHECK_EQ(syscall(kReadLinkAt, share, "motd", buffer, 100), 11);
    CHECK_EQ(syscall(kAccessAt, share, "pages.txt", R_OK), 0);
    CHECK_EQ(syscall(kStatAt, share, "/init", &status, 0), 0);
    CHECK_EQ(syscall(kStatAt, kWorkingDirectory, "init", &status, 0), 0);
    CHECK_FAILS(syscall(kOpenAt, fd, "x", O_RDONLY, 0), ENOTDIR);
    CHECK_FAILS(syscall(kOpenAt, 60, "x", O_RDONLY, 0), EBADF);
    CHECK_FAILS(syscall(kStatAt, share, "pages.txt", &status, 0x8000), EINVAL);
    close(fd);
    close(share);
}

void links() {
    struct stat status {};
    CHECK_EQ(lstat("/share/motd", &status), 0);
    CHECK(S_ISLNK(status.st_mode));
    CHECK_EQ(status.st_size, 11);
    CHECK_EQ(stat("/share/motd", &status), 0);
    CHECK(S_ISREG(status.st_mode));
    CHECK_EQ(readlink("/share/motd", buffer, 100), 11);
    CHECK_EQ(memcmp(buffer, "../etc/motd", 11), 0);
    CHECK_EQ(readlink("/share/motd", buffer, 2), 2);
    CHECK_FAILS(readlink("/init", buffer, 100), EINVAL);
    CHECK_FAILS(open("/share/motd", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_FAILS(open("/share/motd/", O_RDONLY), ENOTDIR);
    CHECK_FAILS(open("/tests/links/loop", O_RDONLY), ELOOP);
    CHECK_FAILS(open("/tests/links/loop/x", O_RDONLY), ELOOP);
    CHECK_EQ(lstat("/tests/links/loop", &status), 0);
    CHECK_EQ(stat("/tests/links/up/tests/links/up/init", &status), 0);
    CHECK(S_ISREG(status.st_mode));
}

void status_of_files() {
    struct stat status {};
    CHECK_EQ(stat(kFile, &status), 0);
    CHECK_EQ(status.st_size, kSize);
    CHECK_EQ(status.st_mode, S_IFREG | 0644u);
    CHECK_EQ(status.st_nlink, 1);
    CHECK_EQ(status.st_blocks, kSize / 512);
    CHECK_EQ(stat("/share", &status), 0);
    CHECK_EQ(status.st_mode, S_IFDIR | 0755u);
    CHECK_EQ(stat("/dev/null", &status), 0);
    CHECK_EQ(status.st_rdev, 0x103);
    const int fd = open(kFile, O_RDONLY);
    struct stat by_fd {};
    CHECK_EQ(fstat(fd, &by_fd), 0);
    CHECK_EQ(stat(kFile, &status), 0);
    CHECK_EQ(by_fd.st_ino, status.st_ino);
    CHECK_EQ(by_fd.st_dev, status.st_dev);
    unsigned old[16] = {};  // struct stat of call 108: st_size is its sixth word
    CHECK_EQ(syscall(108, fd, old), 0);
    CHECK_EQ(old[5], kSize);
    close(fd);
    CHECK_FAILS(fstat(77, &status), EBADF);
    CHECK_FAILS(stat(kFile, reinterpret_cast<struct stat*>(0x10)), EFAULT);
}

void descriptors() {
    const int fd = open(kFile, O_RDONLY);
    const int copy = dup(fd);
    CHECK(copy > fd);
    CHECK_EQ(lseek(fd, 100, SEEK_SET), 100);
    CHECK_EQ(lseek(copy, 0, SEEK_CUR), 100);
    CHECK_EQ(dup2(fd, 40), 40);
    CHECK_EQ(dup2(40, 40), 40);
    CHECK_FAILS(dup2(fd, 64), EBADF);
    CHECK_FAILS(dup2(41, 42), EBADF);
    CHECK_EQ(fcntl(fd, F_GETFD), 0);
    CHECK_EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(copy, F_GETFD), 0);
    CHECK_EQ(fcntl(fd, F_DUPFD, 50), 50);
    CHECK_EQ(fcntl(50, F_GETFD), 0);
    CHECK_FAILS(fcntl(fd, F_DUPFD, 64), EINVAL);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDONLY);
    CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    CHECK_EQ(fcntl(copy, F_GETFL), O_NONBLOCK);
    const int all[] = {fd, copy, 40, 50};
    for (const int one : all)
        CHECK_EQ(close(one), 0);
    int last = -1, opened = 0;
    while ((last = open(kFile, O_RDONLY)) >= 0)
        opened++;
    CHECK_EQ(errno, EMFILE);
    CHECK_EQ(opened, 64 - 3);
    for (int i = 3; i < 64; i++)
        CHECK_EQ(close(i), 0);
}

void sharing_with_children() {
    const int fd = open(kFile, O_RDONLY);
    const int closing = open(kFile, O_RDONLY | O_CLOEXEC);
    CHECK_EQ(fcntl(closing, F_GETFD), FD_CLOEXEC);
    const pid_t pid = fork();
    if (pid == 0) {
        lseek(fd, 555, SEEK_SET);
        close(fd);
        _exit(0);
    }
    waitpid(pid, nullptr, 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 555);
    close(fd);
    close(closing);
}

void directories() {
    int found = 0, entries = 0;
    DIR* directory = opendir("/share");
    while (const dirent* entry = readdir(directory)) {
        entries++;
        if (strcmp(entry->d_name, "pages.txt") == 0 && entry->d_type == DT_REG) found++;
        if (strcmp(entry->d_name, "motd") == 0 && entry->d_type == DT_LNK) found++;
        if (strcmp(entry->d_name, ".") == 0 && entry->d_type == DT_DIR) found++;
    }
    CHECK_EQ(found, 3);
    CHECK_EQ(entries, 5);
    closedir(directory);
    const int fd = open("/bin", O_RDONLY);
    CHECK_FAILS(read(fd, buffer, 10), EISDIR);
    CHECK_FAILS(syscall(220, fd, buffer, 8), EINVAL);
    CHECK_FAILS(syscall(220, fd, 0x10, 1000), EFAULT);
    int by_pieces = 0, at_once = 0;
    for (long filled; (filled = syscall(220, fd, buffer, 40)) > 0;)
        by_pieces++;
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    const long filled = syscall(141, fd, buffer, sizeof(buffer));  // getdents
    for (long at = 0; at < filled; at += *reinterpret_cast<unsigned short*>(buffer + at + 8))
        at_once++;
    CHECK_EQ(by_pieces, at_once);
    close(fd);
}

void devices() {
    const int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
    CHECK_EQ(write(null, "lost", 4), 4);
    CHECK_EQ(read(null, buffer, 10), 0);
    memset(buffer, 'x', 100);
    CHECK_EQ(read(zero, buffer, 50), 50);
    CHECK(buffer[0] == 0 && buffer[49] == 0 && buffer[50] == 'x');
    CHECK_EQ(lseek(zero, 1000, SEEK_SET), 0);
    char* mapped = static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0));
    CHECK(mapped != MAP_FAILED);
    if (mapped != MAP_FAILED) {
        mapped[5000] = 'z';
        CHECK(mapped[0] == 0 && mapped[5000] == 'z');
        munmap(mapped, 8192);
    }
    const int checkpoint = open("/dev/checkpoint", O_WRONLY);
    CHECK(checkpoint >= 0);
    CHECK_FAILS(write(checkpoint, "12x", 3), EINVAL);
    CHECK_FAILS(write(checkpoint, "", 0), EINVAL);
    CHECK_FAILS(write(checkpoint, "12345678901234567890", 20), EINVAL);
    CHECK_FAILS(read(checkpoint, buffer, 1), EBADF);
    CHECK_EQ(isatty(STDOUT_FILENO), 1);
    CHECK_EQ(isatty(null), 0);
    CHECK_EQ(errno, ENOTTY);
    CHECK_FAILS(lseek(STDOUT_FILENO, 0, SEEK_CUR), ESPIPE);
    CHECK_FAILS(fsync(null), EINVAL);
    close(null);
    close(zero);
    close(checkpoint);
}
}  // namespace

int main() {
    reading_and_seeking();
    vectors_and_positions();
    the_root_is_read_only();
    paths();
    working_directory();
    relative_to_a_directory();
    links();
    status_of_files();
    descriptors();
    sharing_with_children();
    directories();
    devices();
    return verdict("files");
}
