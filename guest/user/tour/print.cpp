// SPDX-License-Identifier: GPL-2.0-or-later
// The tour's text, and the comparison of what the kernel did with what it should.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tour/tour.h"

namespace {
int stops_begun;
int failed;
}  // namespace

void title(const char* text) {
    printf("\n%d. %s\n", ++stops_begun, text);
}

void note(const char* format, ...) {
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printf("   %s\n", text);
}

void did(const char* what, const char* format, ...) {
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printf("   %-34s %s\n", what, text);
}

void expect(const char* what, long got, long wanted) {
    if (got == wanted) return;
    failed++;
    printf("   UNEXPECTED: %s is %ld, should be %ld\n", what, got, wanted);
}

int failures() {
    return failed;
}

char* map_pages(size_t pages, int protection) {
    void* start = mmap(nullptr, pages * kPage, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start != MAP_FAILED) return static_cast<char*>(start);
    perror("tour: mmap");
    exit(1);
}

void unmap_pages(char* start, size_t pages) {
    if (munmap(start, pages * kPage) == 0) return;
    perror("tour: munmap");
    exit(1);
}

int wait_for(int pid) {
    int status = -1;
    if (waitpid(pid, &status, 0) != pid) perror("tour: waitpid");
    return status;
}
