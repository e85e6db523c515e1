// SPDX-License-Identifier: GPL-2.0-or-later
// Memory and strings. Copies move words in groups of eight: under an emulator that translates blocks, one
// trip through a long loop body is cheaper than a repeated string instruction.
#include <string.h>

namespace {
struct Words {
    unsigned long w[8];
} __attribute__((may_alias, packed));
}  // namespace

void* memcpy(void* to, const void* from, size_t count) {
    char* t = static_cast<char*>(to);
    const char* f = static_cast<const char*>(from);
    for (; count >= sizeof(Words); count -= sizeof(Words), t += sizeof(Words), f += sizeof(Words)) {
        *reinterpret_cast<Words*>(t) = *reinterpret_cast<const Words*>(f);
    }
    while (count--)
        *t++ = *f++;
    return to;
}

void* memmove(void* to, const void* from, size_t count) {
    char* t = static_cast<char*>(to);
    const char* f = static_cast<const char*>(from);
    if (t <= f || t >= f + count) {
        while (count--)
            *t++ = *f++;
    } else {
        while (count--)
            t[count] = f[count];
    }
    return to;
}

void* memset(void* to, int byte, size_t count) {
    char* t = static_cast<char*>(to);
    const unsigned long word = static_cast<unsigned char>(byte) * 0x01010101ul;
    for (; count >= sizeof(Words); count -= sizeof(Words), t += sizeof(Words)) {
        *reinterpret_cast<Words*>(t) = Words{{word, word, word, word, word, word, word, word}};
    }
    while (count--)
        *t++ = static_cast<char>(byte);
    return to;
}

int memcmp(const void* a, const void* b, size_t count) {
    const unsigned char* x = static_cast<const unsigned char*>(a);
    const unsigned char* y = static_cast<const unsigned char*>(b);
    for (; count--; x++, y++) {
        if (*x != *y) return *x - *y;
    }
    return 0;
}

void* memchr(const void* s, int byte, size_t count) {
    const unsigned char* p = static_cast<const unsigned char*>(s);
    for (; count--; p++) {
        if (*p == static_cast<unsigned char>(byte)) return const_cast<unsigned char*>(p);
    }
    return nullptr;
}

size_t strnlen(const char* s, size_t limit) {
    size_t length = 0;
    while (length < limit && s[length])
        length++;
    return length;
}
size_t strlen(const char* s) {
    return strnlen(s, static_cast<size_t>(-1));
}

int strncmp(const char* a, const char* b, size_t count) {
    for (; count--; a++, b++) {
        if (*a != *b) return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
        if (!*a) return 0;
    }
    return 0;
}
int strcmp(const char* a, const char* b) {
    return strncmp(a, b, static_cast<size_t>(-1));
}

char* strchr(const char* s, int c) {
    for (;; s++) {
        if (*s == static_cast<char>(c)) return const_cast<char*>(s);
        if (!*s) return nullptr;
    }
}

char* strrchr(const char* s, int c) {
    const char* found = nullptr;
    for (;; s++) {
        if (*s == static_cast<char>(c)) found = s;
        if (!*s) return const_cast<char*>(found);
    }
}

char* strstr(const char* text, const char* part) {
    const size_t length = strlen(part);
    for (;; text++) {
        if (strncmp(text, part, length) == 0) return const_cast<char*>(text);
        if (!*text) return nullptr;
    }
}

char* strcpy(char* to, const char* from) {
    memcpy(to, from, strlen(from) + 1);
    return to;
}

char* strncpy(char* to, const char* from, size_t count) {
    const size_t length = strnlen(from, count);
    memcpy(to, from, length);
    memset(to + length, 0, count - length);
    return to;
}

char* strcat(char* to, const char* from) {
    strcpy(to + strlen(to), from);
    return to;
}
