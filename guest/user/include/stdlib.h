// SPDX-License-Identifier: GPL-2.0-or-later
// Memory, numbers, the environment, the end of the program.
#pragma once

#include <stddef.h>

enum { EXIT_SUCCESS = 0, EXIT_FAILURE = 1 };

extern "C" {
/// Blocks below 128 KiB come from the brk heap, larger ones from mappings of their own. Aligned to 16.
void* malloc(size_t size);
void* calloc(size_t count, size_t size);
void* realloc(void* block, size_t size);
void free(void* block);

int atoi(const char* text);
long strtol(const char* text, char** end, int base);
unsigned long strtoul(const char* text, char** end, int base);
char* getenv(const char* name);
[[noreturn]] void exit(int status);
[[noreturn]] void abort();
}
