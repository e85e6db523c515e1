// SPDX-License-Identifier: GPL-2.0-or-later
// The guest's file systems, compiled for the host: what the tests ask of them, in plain types. (Headers of
// the guest and of the host's C library cannot be included together.)
#pragma once

#include <stddef.h>

namespace guest_files {

/// A fresh kernel with an empty root file system.
void boot();
/// populate_rootfs(): the number of files or -errno. The archive must stay as long as the files are used.
int populate(const void* archive, size_t size);
/// What the kernel printed since boot().
const char* messages();

struct Found {
    int error;  // 0 or -errno; the rest is valid with 0 only
    unsigned mode;
    long long size;
    unsigned long ino;
};
/// Walks a path to its end, following a last symbolic link or not.
Found find(const char* path);
Found find_link(const char* path);
/// The file's bytes, page by page as the page cache would read them; how many, or -errno.
long read(const char* path, char* buffer, size_t size);
/// The path that d_path() builds for what `path` leads to; its length or -errno.
long path_of(const char* path, char* buffer, size_t size);
/// The names of a directory, each followed by '\n'; their number or -errno.
int list(const char* path, char* names, size_t size);
int change_directory(const char* path);
/// open(2) and close(2) by the running task; the descriptor or -errno.
int open(const char* path, unsigned flags);
int close(unsigned fd);

/// Objects and pages that are allocated now.
long allocated();
/// Only this many further allocations succeed; negative: all do.
void allow_allocations(long count);
int held_locks();

/// A text file of `records` records, each "[number]" and as many dots as its number says times `width`.
class Records {
  public:
    Records(int records, int width);
    ~Records();
    Records(const Records&) = delete;
    /// read(2) at the file's position; bytes or -errno.
    long read(char* buffer, size_t size);
    long long seek(long long offset);

  private:
    void* file_;
};

}  // namespace guest_files
