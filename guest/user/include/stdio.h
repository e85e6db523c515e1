// SPDX-License-Identifier: GPL-2.0-or-later
// Formatted text. There are no streams: each call writes its text to the descriptor at once, in one piece
// as long as it fits 1024 bytes, so that lines of several processes do not mix.
#pragma once

#include <stdarg.h>
#include <stddef.h>

extern "C" {
/// %d %i %u %x %X %o %p %s %c %% with - + space # 0, width, precision, and hh h l ll z t j.
int vsnprintf(char* buffer, size_t size, const char* format, va_list args)
    __attribute__((format(printf, 3, 0)));
int snprintf(char* buffer, size_t size, const char* format, ...) __attribute__((format(printf, 3, 4)));
int vdprintf(int fd, const char* format, va_list args) __attribute__((format(printf, 2, 0)));
int dprintf(int fd, const char* format, ...) __attribute__((format(printf, 2, 3)));
int vprintf(const char* format, va_list args) __attribute__((format(printf, 1, 0)));
int printf(const char* format, ...) __attribute__((format(printf, 1, 2)));
int puts(const char* text);
int putchar(int c);
/// "text: message of errno" to the error output.
void perror(const char* text);
}
