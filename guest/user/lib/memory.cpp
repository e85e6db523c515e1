// SPDX-License-Identifier: GPL-2.0-or-later
// Mappings and the heap's end.
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <unistd.h>

#include "lib/result.h"

namespace {
constexpr long kOffsetUnit = 4096;  // mmap2 counts the file offset in pages
char* heap_end;                     // as the kernel last told; null before the first call

char* ask_brk(const char* wanted) {
    return reinterpret_cast<char*>(__syscall(__NR_brk, arg(wanted)));
}
}  // namespace

void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
    if (offset % kOffsetUnit != 0) return reinterpret_cast<void*>(__set_errno(-EINVAL));
    return reinterpret_cast<void*>(result(
        __syscall(__NR_mmap2, arg(address), arg(length), protection, flags, fd, offset / kOffsetUnit)));
}
int munmap(void* address, size_t length) {
    return result(__syscall(__NR_munmap, arg(address), arg(length)));
}
int mprotect(void* address, size_t length, int protection) {
    return result(__syscall(__NR_mprotect, arg(address), arg(length), protection));
}
int swapon(const char* path, int flags) {
    return result(__syscall(__NR_swapon, arg(path), flags));
}
int swapoff(const char* path) {
    return result(__syscall(__NR_swapoff, arg(path)));
}
int mlock(const void* address, size_t length) {
    return result(__syscall(__NR_mlock, arg(address), arg(length)));
}
int munlock(const void* address, size_t length) {
    return result(__syscall(__NR_munlock, arg(address), arg(length)));
}
int mlockall(int flags) {
    return result(__syscall(__NR_mlockall, flags));
}
int munlockall() {
    return result(__syscall(__NR_munlockall));
}
int madvise(void* address, size_t length, int advice) {
    return result(__syscall(__NR_madvise, arg(address), arg(length), advice));
}
int mincore(void* address, size_t length, unsigned char* residence) {
    return result(__syscall(__NR_mincore, arg(address), arg(length), arg(residence)));
}
int msync(void* address, size_t length, int flags) {
    return result(__syscall(__NR_msync, arg(address), arg(length), flags));
}

void* mremap(void* address, size_t old_length, size_t new_length, int flags, ...) {
    va_list args;
    va_start(args, flags);
    void* wanted = flags & MREMAP_FIXED ? va_arg(args, void*) : nullptr;
    va_end(args);
    return reinterpret_cast<void*>(
        result(__syscall(__NR_mremap, arg(address), arg(old_length), arg(new_length), flags, arg(wanted))));
}
int remap_file_pages(void* address, size_t length, int protection, size_t page_offset, int flags) {
    return result(
        __syscall(__NR_remap_file_pages, arg(address), arg(length), protection, arg(page_offset), flags));
}

int brk(void* end) {
    heap_end = ask_brk(static_cast<char*>(end));
    return heap_end == end ? 0 : static_cast<int>(__set_errno(-ENOMEM));
}

void* sbrk(intptr_t delta) {
    if (!heap_end) heap_end = ask_brk(nullptr);
    char* old = heap_end;
    if (delta != 0 && brk(old + delta) < 0) return reinterpret_cast<void*>(-1);
    return old;
}
