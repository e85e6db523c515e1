// SPDX-License-Identifier: GPL-2.0-or-later
// C's string functions, as far as the kernel uses them. The block moves are in mem.S.
#include "lib/string.h"

extern "C" {

int memcmp(const void* a, const void* b, size_t count) {
    const auto* left = static_cast<const u8*>(a);
    const auto* right = static_cast<const u8*>(b);
    for (size_t i = 0; i < count; i++) {
        if (left[i] != right[i]) return left[i] - right[i];
    }
    return 0;
}

size_t strlen(const char* s) {
    size_t length = 0;
    while (s[length] != '\0')
        length++;
    return length;
}

int strcmp(const char* a, const char* b) {
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return static_cast<u8>(*a) - static_cast<u8>(*b);
}

int strncmp(const char* a, const char* b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i] || a[i] == '\0') return static_cast<u8>(a[i]) - static_cast<u8>(b[i]);
    }
    return 0;
}

char* strchr(const char* s, int c) {
    for (;; s++) {
        if (*s == static_cast<char>(c)) return const_cast<char*>(s);
        if (*s == '\0') return nullptr;
    }
}

char* strrchr(const char* s, int c) {
    const char* found = nullptr;
    for (;; s++) {
        if (*s == static_cast<char>(c)) found = s;
        if (*s == '\0') return const_cast<char*>(found);
    }
}

}  // extern "C"

size_t strnlen(const char* s, size_t limit) {
    size_t length = 0;
    while (length < limit && s[length] != '\0')
        length++;
    return length;
}

size_t strlcpy(char* to, const char* from, size_t size) {
    const size_t length = strlen(from);
    if (size != 0) {
        const size_t kept = min(length, size - 1);
        memcpy(to, from, kept);
        to[kept] = '\0';
    }
    return length;
}
