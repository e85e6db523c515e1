// SPDX-License-Identifier: GPL-2.0-or-later
// Memory and string functions (C standard meaning) and the kernel's formatter.
#pragma once

#include <stdarg.h>

#include "lib/types.h"

extern "C" {
void* memcpy(void* to, const void* from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int byte, size_t count);
int memcmp(const void* a, const void* b, size_t count);
size_t strlen(const char* s);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t count);
char* strchr(const char* s, int c);
char* strrchr(const char* s, int c);
/// One whole page, page-aligned.
void clear_page(void* page);
void copy_page(void* to, const void* from);
}
size_t strnlen(const char* s, size_t limit);
/// Copies at most size - 1 characters and always ends with NUL; returns strlen(from).
size_t strlcpy(char* to, const char* from, size_t size);

/// C's formats without floating point: %d %i %u %x %X %o %p %s %c %% with flags, width, precision, l, ll, z.
/// Returns the length the whole text would have; writes at most size - 1 characters and a NUL.
int vsnprintf(char* buffer, size_t size, const char* format, va_list args)
    __attribute__((format(printf, 3, 0)));
int snprintf(char* buffer, size_t size, const char* format, ...) __attribute__((format(printf, 3, 4)));
