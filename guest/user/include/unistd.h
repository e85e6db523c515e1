// SPDX-License-Identifier: GPL-2.0-or-later
// Processes, descriptors and the heap's end, as POSIX names them.
#pragma once

#include <sys/types.h>

enum { STDIN_FILENO = 0, STDOUT_FILENO = 1, STDERR_FILENO = 2 };
enum { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2 };
enum { F_OK = 0, X_OK = 1, W_OK = 2, R_OK = 4 };

extern "C" {
extern char** environ;

ssize_t read(int fd, void* buffer, size_t count);
ssize_t write(int fd, const void* buffer, size_t count);
int close(int fd);
off_t lseek(int fd, off_t offset, int whence);
int dup(int fd);
int dup2(int fd, int wanted);
ssize_t pread(int fd, void* buffer, size_t count, loff_t offset);
ssize_t pwrite(int fd, const void* buffer, size_t count, loff_t offset);
int fsync(int fd);
int fdatasync(int fd);
void sync();
int truncate(const char* path, loff_t length);
int ftruncate(int fd, loff_t length);
int unlink(const char* path);
int rmdir(const char* path);
int link(const char* from, const char* to);
int symlink(const char* target, const char* path);
int rename(const char* from, const char* to);
int chown(const char* path, uid_t owner, gid_t group);
int isatty(int fd);
int access(const char* path, int mode);
ssize_t readlink(const char* path, char* buffer, size_t size);
int chdir(const char* path);
char* getcwd(char* buffer, size_t size);

pid_t fork();
/// The child runs on the parent's stack until it calls execve or _exit.
pid_t vfork() __attribute__((returns_twice));
int execve(const char* path, char* const argv[], char* const envp[]);
int execv(const char* path, char* const argv[]);
[[noreturn]] void _exit(int status);
pid_t getpid();
pid_t getppid();
pid_t gettid();
uid_t getuid();
gid_t getgid();
int pause();
unsigned sleep(unsigned seconds);
int usleep(useconds_t microseconds);

/// Sets the heap's end; 0, or -1 with ENOMEM.
int brk(void* end);
/// Moves it; the old end, or (void*)-1.
void* sbrk(intptr_t delta);
}
