// SPDX-License-Identifier: GPL-2.0-or-later
// Descriptors, directories and processes: one system call each.
#include <fcntl.h>
#include <stdarg.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/result.h"

int errno;

long __set_errno(long answer) {
    errno = static_cast<int>(-answer);
    return -1;
}

long syscall(long number, ...) {
    va_list args;
    va_start(args, number);
    long v[6];
    for (long& value : v)
        value = va_arg(args, long);
    va_end(args);
    return result(__syscall(number, v[0], v[1], v[2], v[3], v[4], v[5]));
}

ssize_t read(int fd, void* buffer, size_t count) {
    return result(__syscall(__NR_read, fd, arg(buffer), arg(count)));
}
ssize_t write(int fd, const void* buffer, size_t count) {
    return result(__syscall(__NR_write, fd, arg(buffer), arg(count)));
}
int close(int fd) {
    return result(__syscall(__NR_close, fd));
}
off_t lseek(int fd, off_t offset, int whence) {
    return result(__syscall(__NR_lseek, fd, offset, whence));
}
int dup(int fd) {
    return result(__syscall(__NR_dup, fd));
}
int dup2(int fd, int wanted) {
    return result(__syscall(__NR_dup2, fd, wanted));
}
int fsync(int fd) {
    return result(__syscall(__NR_fsync, fd));
}
int access(const char* path, int mode) {
    return result(__syscall(__NR_access, arg(path), mode));
}
int chdir(const char* path) {
    return result(__syscall(__NR_chdir, arg(path)));
}
ssize_t readlink(const char* path, char* buffer, size_t size) {
    return result(__syscall(__NR_readlink, arg(path), arg(buffer), arg(size)));
}
char* getcwd(char* buffer, size_t size) {
    return result(__syscall(__NR_getcwd, arg(buffer), arg(size))) < 0 ? nullptr : buffer;
}

int open(const char* path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    const int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    return result(__syscall(__NR_open, arg(path), flags, mode));
}

int fcntl(int fd, int command, ...) {
    va_list args;
    va_start(args, command);
    const long value = va_arg(args, long);
    va_end(args);
    return result(__syscall(__NR_fcntl64, fd, command, value));
}

int ioctl(int fd, unsigned long command, ...) {
    va_list args;
    va_start(args, command);
    const long value = va_arg(args, long);
    va_end(args);
    return result(__syscall(__NR_ioctl, fd, arg(command), value));
}

int isatty(int fd) {
    __kernel_termios settings;
    return ioctl(fd, TCGETS, &settings) == 0;
}

int stat(const char* path, struct stat* status) {
    return result(__syscall(__NR_stat64, arg(path), arg(status)));
}
int lstat(const char* path, struct stat* status) {
    return result(__syscall(__NR_lstat64, arg(path), arg(status)));
}
int fstat(int fd, struct stat* status) {
    return result(__syscall(__NR_fstat64, fd, arg(status)));
}

pid_t fork() {
    return result(__syscall(__NR_fork));
}
int execve(const char* path, char* const argv[], char* const envp[]) {
    return result(__syscall(__NR_execve, arg(path), arg(argv), arg(envp)));
}
int execv(const char* path, char* const argv[]) {
    return execve(path, argv, environ);
}
void _exit(int status) {
    for (;;)
        __syscall(__NR_exit_group, status);
}
pid_t getpid() {
    return __syscall(__NR_getpid);
}
pid_t getppid() {
    return __syscall(__NR_getppid);
}
pid_t gettid() {
    return __syscall(__NR_gettid);
}
uid_t getuid() {
    return static_cast<uid_t>(__syscall(__NR_getuid));
}
gid_t getgid() {
    return static_cast<gid_t>(__syscall(__NR_getgid));
}
int pause() {
    return result(__syscall(__NR_pause));
}

int uname(utsname* name) {
    return result(__syscall(__NR_uname, arg(name)));
}

int reboot(unsigned command) {
    constexpr unsigned kMagic1 = 0xFEE1DEAD, kMagic2 = 672274793;
    return result(__syscall(__NR_reboot, arg(kMagic1), arg(kMagic2), arg(command)));
}
