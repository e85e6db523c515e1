// SPDX-License-Identifier: GPL-2.0-or-later
// malloc on brk and mmap. Small blocks lie in the brk heap, each behind a header of 16 bytes; free ones are
// on one list in the order of their addresses, so that neighbours join. A large free block at the heap's end
// goes back to the kernel. Blocks of 128 KiB and more are mappings of their own and go back at once.
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {
constexpr size_t kAlign = 16;
constexpr size_t kPage = 4096;
constexpr size_t kLarge = 128 * 1024;  // from here on: a mapping
constexpr size_t kGrow = 16 * 1024;    // the heap grows by at least this
constexpr size_t kTrim = 64 * 1024;    // a free end larger than this is given back
constexpr size_t kMapped = 1;          // in Header::size: the block is a mapping

struct Header {
    size_t size;   // of header and block, a multiple of kAlign; with kMapped for mappings
    Header* next;  // the next free block; in use: null
    size_t reserved[2];
};
static_assert(sizeof(Header) == kAlign);

Header* free_list;
int busy;  // the allocator's lock: 1 = taken

struct Lock {
    Lock() {
        while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
            sched_yield();
    }
    ~Lock() { __atomic_store_n(&busy, 0, __ATOMIC_RELEASE); }
};

char* end_of(Header* block) {
    return reinterpret_cast<char*>(block) + block->size;
}
constexpr size_t round_up(size_t value, size_t unit) {
    return (value + unit - 1) & ~(unit - 1);
}

/// Joins a free block with the next one where they touch.
void join(Header* block) {
    Header* next = block->next;
    if (!next || end_of(block) != reinterpret_cast<char*>(next)) return;
    block->size += next->size;
    block->next = next->next;
}

/// The link that points at the first free block behind `address`, and the free block before it (or null).
Header** find_place(Header* address, Header** before) {
    Header** link = &free_list;
    *before = nullptr;
    while (*link && *link < address) {
        *before = *link;
        link = &(*link)->next;
    }
    return link;
}

void put_free(Header* block) {
    Header* before = nullptr;
    Header** link = find_place(block, &before);
    block->next = *link;
    *link = block;
    join(block);
    if (before) join(before);
}

/// Gives the free end of the heap back, keeping one page.
void trim() {
    Header** link = &free_list;
    while (*link && (*link)->next)
        link = &(*link)->next;
    Header* last = *link;
    if (!last || last->size < kTrim || end_of(last) != sbrk(0)) return;
    const size_t excess = (last->size - kPage) & ~(kPage - 1);
    if (sbrk(-static_cast<intptr_t>(excess)) != reinterpret_cast<void*>(-1)) last->size -= excess;
}

bool grow(size_t wanted) {
    const size_t size = round_up(wanted < kGrow ? kGrow : wanted, kPage);
    char* old = static_cast<char*>(sbrk(0));
    const size_t gap = round_up(reinterpret_cast<size_t>(old), kAlign) - reinterpret_cast<size_t>(old);
    if (sbrk(static_cast<intptr_t>(size + gap)) == reinterpret_cast<void*>(-1)) return false;
    Header* block = reinterpret_cast<Header*>(old + gap);
    block->size = size;
    put_free(block);
    return true;
}

/// First fit; the rest of a larger block stays free.
Header* take_free(size_t size) {
    for (Header** link = &free_list; *link; link = &(*link)->next) {
        Header* block = *link;
        if (block->size < size) continue;
        if (block->size - size >= 2 * sizeof(Header)) {
            Header* rest = reinterpret_cast<Header*>(reinterpret_cast<char*>(block) + size);
            rest->size = block->size - size;
            rest->next = block->next;
            *link = rest;
            block->size = size;
        } else {
            *link = block->next;
        }
        block->next = nullptr;
        return block;
    }
    return nullptr;
}

Header* map_block(size_t size) {
    const size_t length = round_up(size, kPage);
    void* at = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return nullptr;
    Header* block = static_cast<Header*>(at);
    block->size = length | kMapped;
    return block;
}

Header* header_of(void* block) {
    return static_cast<Header*>(block) - 1;
}
size_t usable(const Header* block) {
    return (block->size & ~kMapped) - sizeof(Header);
}
}  // namespace

void* malloc(size_t size) {
    if (size > static_cast<size_t>(-1) / 2) {
        errno = ENOMEM;
        return nullptr;
    }
    const size_t total = round_up(size + sizeof(Header), kAlign) + (size == 0 ? kAlign : 0);
    Header* block = nullptr;
    if (total >= kLarge) {
        block = map_block(total);
    } else {
        Lock lock;
        block = take_free(total);
        if (!block && grow(total)) block = take_free(total);
    }
    return block ? block + 1 : nullptr;
}

void free(void* pointer) {
    if (!pointer) return;
    Header* block = header_of(pointer);
    if (block->size & kMapped) {
        munmap(block, block->size & ~kMapped);
        return;
    }
    Lock lock;
    put_free(block);
    trim();
}

void* calloc(size_t count, size_t size) {
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return nullptr;
    }
    void* block = malloc(total);
    if (block) memset(block, 0, total);
    return block;
}

void* realloc(void* pointer, size_t size) {
    if (!pointer) return malloc(size);
    const size_t old = usable(header_of(pointer));
    if (size <= old && size >= old / 2) return pointer;
    void* block = malloc(size);
    if (!block) return nullptr;
    memcpy(block, pointer, size < old ? size : old);
    free(pointer);
    return block;
}
