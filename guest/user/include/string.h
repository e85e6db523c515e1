// SPDX-License-Identifier: GPL-2.0-or-later
// Memory and strings, with the meaning of the C standard.
#pragma once

#include <stddef.h>

extern "C" {
void* memcpy(void* to, const void* from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int byte, size_t count);
int memcmp(const void* a, const void* b, size_t count);
void* memchr(const void* s, int byte, size_t count);
size_t strlen(const char* s);
size_t strnlen(const char* s, size_t limit);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t count);
char* strchr(const char* s, int c);
char* strrchr(const char* s, int c);
char* strstr(const char* text, const char* part);
char* strcpy(char* to, const char* from);
char* strncpy(char* to, const char* from, size_t count);
char* strcat(char* to, const char* from);
char* strerror(int error);
const char* strsignal(int signal);
}
