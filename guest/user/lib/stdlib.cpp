// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers, the environment, the end of the program.
#include <assert.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/result.h"

namespace {
int digit_value(char c) {
    if (isdigit(c)) return c - '0';
    const int letter = c | 0x20;
    return letter >= 'a' && letter <= 'z' ? letter - 'a' + 10 : 36;
}

/// Magnitude, sign and end of a number. Too large: the largest value and ERANGE.
unsigned long parse(const char* text, char** end, int base, bool* negative) {
    const char* p = text;
    while (isspace(*p))
        p++;
    *negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    const bool hex = p[0] == '0' && (p[1] | 0x20) == 'x' && digit_value(p[2]) < 16;
    if ((base == 0 || base == 16) && hex) {
        p += 2;
        base = 16;
    }
    if (base == 0) base = *p == '0' ? 8 : 10;
    unsigned long value = 0;
    bool overflow = false;
    const char* first = p;
    for (; digit_value(*p) < base; p++) {
        unsigned long next = 0;
        overflow |= __builtin_mul_overflow(value, static_cast<unsigned long>(base), &next);
        overflow |= __builtin_add_overflow(next, static_cast<unsigned long>(digit_value(*p)), &value);
    }
    if (end) *end = const_cast<char*>(p == first ? text : p);
    if (overflow) errno = ERANGE;
    return overflow ? ~0ul : value;
}
}  // namespace

unsigned long strtoul(const char* text, char** end, int base) {
    bool negative = false;
    const unsigned long magnitude = parse(text, end, base, &negative);
    return negative ? 0 - magnitude : magnitude;
}

long strtol(const char* text, char** end, int base) {
    bool negative = false;
    const unsigned long magnitude = parse(text, end, base, &negative);
    constexpr unsigned long kLargest = ~0ul >> 1;
    if (magnitude > kLargest + (negative ? 1 : 0)) {
        errno = ERANGE;
        return static_cast<long>(kLargest + (negative ? 1 : 0));
    }
    return static_cast<long>(negative ? 0 - magnitude : magnitude);
}

int atoi(const char* text) {
    return static_cast<int>(strtol(text, nullptr, 10));
}

char* getenv(const char* name) {
    const size_t length = strlen(name);
    for (char** entry = environ; entry && *entry; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return *entry + length + 1;
    }
    return nullptr;
}

void exit(int status) {
    _exit(status);
}

void abort() {
    raise(SIGABRT);
    signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
    _exit(127);
}

void __assert_fail(const char* condition, const char* file, int line) {
    dprintf(STDERR_FILENO, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
