// SPDX-License-Identifier: GPL-2.0-or-later
// /dev/vmalloc: makes, touches and frees one area of vmalloc memory in the context of the calling process, so
// that tests can see how page directories follow init_mm's.
#include "arch/uaccess.h"
#include "fs/internal.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/vmalloc.h"

namespace {

constinit mutex lock = MUTEX_INITIALIZER(lock);
u8* area;              // null: none
ulong pages;           // of the area
const u8* last_place;  // where an area is or was

u32* first_word(ulong number) {
    return reinterpret_cast<u32*>(area + (number << PAGE_SHIFT));
}
u32 pattern(ulong number) {
    return 0x5A5A0000u + static_cast<u32>(number);
}

int allocate(ulong count) {
    if (area) return -EBUSY;
    area = static_cast<u8*>(vmalloc(count << PAGE_SHIFT));
    if (!area) return -ENOMEM;
    pages = count;
    last_place = area;
    return 0;
}

int fill() {
    if (!area) return -EINVAL;
    for (ulong i = 0; i < pages; i++)
        *first_word(i) = pattern(i);
    return 0;
}

int check() {
    if (!area) return -EINVAL;
    for (ulong i = 0; i < pages; i++) {
        if (*first_word(i) != pattern(i)) return -EIO;
    }
    return 0;
}

int release() {
    if (!area) return -EINVAL;
    vfree(area);
    area = nullptr;
    return 0;
}

/// A read that may fail: of where the area was, or of the page behind it.
int peek(ulong number) {
    const kernel_buffers allowed;
    u32 word;
    return copy_from_user(&word, last_place + (number << PAGE_SHIFT), sizeof word) ? -EFAULT : 0;
}

/// The number behind the word, or -1.
long argument(const char* text, const char* word) {
    const size_t length = strlen(word);
    if (strncmp(text, word, length) != 0) return -1;
    long number = 0;
    for (text += length; *text >= '0' && *text <= '9' && number < 1000000; text++)
        number = number * 10 + (*text - '0');
    return *text == '\0' || *text == '\n' ? number : -1;
}

int execute(const char* command) {
    if (const long count = argument(command, "alloc "); count >= 0)
        return allocate(static_cast<ulong>(count));
    if (const long number = argument(command, "peek "); number >= 0) return peek(static_cast<ulong>(number));
    if (argument(command, "fill") == 0) return fill();
    if (argument(command, "check") == 0) return check();
    if (argument(command, "free") == 0) return release();
    return -EINVAL;
}

/// "alloc PAGES", "fill", "check", "free", "peek PAGE".
long write_probe(file*, const char* buffer, size_t count, loff_t*) {
    char text[24] = {};
    if (count == 0 || count >= sizeof text) return -EINVAL;
    if (copy_from_user(text, buffer, count)) return -EFAULT;
    mutex_guard guard(&lock);
    const int error = execute(text);
    return error ? error : static_cast<long>(count);
}

/// The address of the area, four bytes; 0: there is none.
long read_probe(file*, char* buffer, size_t count, loff_t*) {
    mutex_guard guard(&lock);
    if (count < sizeof area) return -EINVAL;
    return copy_to_user(buffer, &area, sizeof area) ? -EFAULT : static_cast<long>(sizeof area);
}

}  // namespace

const file_operations vmalloc_probe_operations{.read = read_probe, .write = write_probe, .llseek = no_llseek};
