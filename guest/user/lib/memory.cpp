// SPDX-License-Identifier: GPL-2.0-or-later
// Mappings and the heap's end.
#include <sys/mman.h>
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
