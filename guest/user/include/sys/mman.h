// SPDX-License-Identifier: GPL-2.0-or-later
// Mappings.
#pragma once

#include <sys/types.h>

enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum {
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_GROWSDOWN = 0x100,
    MAP_DENYWRITE = 0x800,
    MAP_LOCKED = 0x2000,
    MAP_NORESERVE = 0x4000,
    MAP_POPULATE = 0x8000,
    MAP_STACK = 0x20000
};
enum { MCL_CURRENT = 1, MCL_FUTURE = 2 };
enum { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };
enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2 };
enum {
    MADV_NORMAL = 0,
    MADV_RANDOM = 1,
    MADV_SEQUENTIAL = 2,
    MADV_WILLNEED = 3,
    MADV_DONTNEED = 4,
    MADV_REMOVE = 9,
    MADV_DONTFORK = 10,
    MADV_DOFORK = 11
};
#define MAP_FAILED (reinterpret_cast<void*>(-1))

extern "C" {
void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset);
int munmap(void* address, size_t length);
int mprotect(void* address, size_t length, int protection);
int mlock(const void* address, size_t length);
int munlock(const void* address, size_t length);
int mlockall(int flags);
int munlockall();
int madvise(void* address, size_t length, int advice);
int mincore(void* address, size_t length, unsigned char* residence);
int msync(void* address, size_t length, int flags);
/// With MREMAP_FIXED a further argument: the new address.
void* mremap(void* address, size_t old_length, size_t new_length, int flags, ...);
int remap_file_pages(void* address, size_t length, int protection, size_t page_offset, int flags);
}
