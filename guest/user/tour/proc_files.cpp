// SPDX-License-Identifier: GPL-2.0-or-later
// What the tour reads from /proc. Everything lies in static memory that settle() has touched: reading changes
// no count.
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tour/tour.h"

extern "C" char __executable_start[], __data_start[], end[];

namespace {
constexpr size_t kStackPages = 4;
char text[8192];   // the file that was read last
char names[2048];  // directory entries
char* lowest_page;

/// The whole file into `text`, NUL-ended. False if it cannot be read or does not fit.
bool load(const char* path) {
    const int fd = open(path, O_RDONLY);
    if (fd < 0) return false;
    size_t length = 0;
    ssize_t got = 0;
    while (length < sizeof(text) - 1 && (got = read(fd, text + length, sizeof(text) - 1 - length)) > 0) {
        length += static_cast<size_t>(got);
    }
    close(fd);
    text[length] = '\0';
    return got == 0;
}

/// The number behind `name` at the start of a line of `text`.
long number_after(const char* name) {
    const size_t length = strlen(name);
    for (const char* line = text; line && *line;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : nullptr) {
        const char behind = line[length];
        if (strncmp(line, name, length) == 0 && (isspace(behind) || isdigit(behind)))
            return strtol(line + length, nullptr, 10);
    }
    return -1;
}

/// Field `index` (the first is 1) of /proc/PID/stat in `text`; the name in parentheses may contain spaces.
long stat_field(int index) {
    const char* at = strrchr(text, ')');
    for (int field = 2; at && field < index; field++)
        at = strchr(at + 1, ' ');
    return at ? strtol(at, nullptr, 10) : -1;
}

struct Area {
    unsigned long start, end;
    char permissions[5];
    bool touches(const void* from, const void* to) const {
        return end > reinterpret_cast<unsigned long>(from) && start < reinterpret_cast<unsigned long>(to);
    }
};

Area parse_area(const char* line) {
    Area area{};
    char* at = nullptr;
    area.start = strtoul(line, &at, 16);
    area.end = strtoul(at + 1, &at, 16);
    memcpy(area.permissions, at + 1, 4);
    return area;
}

/// Calls `visit(line, area)` for each line of /proc/self/maps; the line is NUL-ended without its newline.
template <class Visit>
void for_each_area(Visit visit) {
    if (!load("/proc/self/maps")) {
        expect("/proc/self/maps can be read", 0, 1);
        return;
    }
    for (char* line = text; *line;) {
        char* newline = strchr(line, '\n');
        if (newline) *newline = '\0';
        visit(line, parse_area(line));
        if (!newline) return;
        line = newline + 1;
    }
}

/// Prints a process's maps between the two marks. Kernel threads have none and are left out.
void print_maps(const char* pid, int id) {
    char path[40];
    snprintf(path, sizeof(path), "/proc/%s/maps", pid);
    if (!load(path) || !*text) return;
    printf("=== maps %s checkpoint %d\n", pid, id);
    write(STDOUT_FILENO, text, strlen(text));
    printf("=== end\n");
}

/// A record of getdents64, up to its name.
struct Record {
    uint64_t ino;
    int64_t next;
    unsigned short length;
    unsigned char type;
    char name[];
};
}  // namespace

long number_in(const char* path, const char* name) {
    return load(path) ? number_after(name) : -1;
}

Counters count() {
    Counters c{};
    load("/proc/self/stat");
    c.minor = stat_field(10);
    c.major = stat_field(12);
    load("/proc/self/status");
    c.size = number_after("VmSize:");
    c.peak = number_after("VmPeak:");
    c.rss = number_after("VmRSS:");
    c.data = number_after("VmData:");
    c.stack = number_after("VmStk:");
    c.tables = number_after("VmPTE:");
    load("/proc/vmstat");
    c.zero_mapped = number_after("zero_page_mapped");
    c.zeroed = number_after("demand_zeroed");
    c.file_mapped = number_after("file_mapped");
    c.copied = number_after("cow_copied");
    c.reused = number_after("cow_reused");
    c.grown = number_after("stack_grown");
    c.cached = number_after("nr_file_pages");
    return c;
}

Counters operator-(const Counters& after, const Counters& before) {
    return {after.minor - before.minor,
            after.major - before.major,
            after.size - before.size,
            after.peak - before.peak,
            after.rss - before.rss,
            after.data - before.data,
            after.stack - before.stack,
            after.tables - before.tables,
            after.zero_mapped - before.zero_mapped,
            after.zeroed - before.zeroed,
            after.file_mapped - before.file_mapped,
            after.copied - before.copied,
            after.reused - before.reused,
            after.grown - before.grown,
            after.cached - before.cached};
}

/// The room keeps the touched pages above the stack pointer: not every edition lets a program write far below
/// it.
[[gnu::noinline]] static void touch_stack() {
    volatile char room[(kStackPages + 1) * kPage];
    asm volatile("" : : "r"(room) : "memory");
    char* here = static_cast<char*>(__builtin_frame_address(0));
    char* first = reinterpret_cast<char*>(reinterpret_cast<size_t>(here) & ~(kPage - 1));
    for (size_t i = 0; i <= kStackPages; i++) {
        volatile char* page = first - i * kPage;
        if (i > 0) *page = 0;
        lowest_page = const_cast<char*>(page);
    }
}

void settle() {
    for (volatile char* page = __executable_start; page < __data_start; page += kPage)
        (void)*page;
    for (volatile char* page = __data_start; page < end; page += kPage)
        *page = *page;
    touch_stack();
}

char* lowest_stack_page() {
    return lowest_page;
}

void show_maps(const void* start, const void* end_of_range) {
    for_each_area([&](const char* line, const Area& area) {
        if (area.touches(start, end_of_range)) printf("      %s\n", line);
    });
}

int count_areas(const void* start, const void* end_of_range) {
    int areas = 0;
    for_each_area([&](const char*, const Area& area) { areas += area.touches(start, end_of_range); });
    return areas;
}

bool has_area(const void* start, const void* end_of_range, const char* permissions) {
    const unsigned long from = reinterpret_cast<unsigned long>(start),
                        to = reinterpret_cast<unsigned long>(end_of_range);
    int found = 0;
    for_each_area([&](const char*, const Area& area) {
        if (area.start == from && area.end == to && strcmp(area.permissions, permissions) == 0) found++;
    });
    return found == 1;
}

char* area_start(const void* address) {
    const unsigned long at = reinterpret_cast<unsigned long>(address);
    char* start = nullptr;
    for_each_area([&](const char*, const Area& area) {
        if (area.start <= at && at < area.end) start = reinterpret_cast<char*>(area.start);
    });
    return start;
}

void checkpoint(int id) {
    const int proc = open("/proc", O_RDONLY | O_DIRECTORY);
    if (proc < 0) return;
    for (;;) {
        const long filled = syscall(__NR_getdents64, proc, names, sizeof(names));
        if (filled <= 0) break;
        for (long at = 0; at < filled; at += reinterpret_cast<Record*>(names + at)->length) {
            const char* name = reinterpret_cast<Record*>(names + at)->name;
            if (isdigit(*name)) print_maps(name, id);
        }
    }
    close(proc);
    const int device = open("/dev/checkpoint", O_WRONLY);
    if (device < 0) return;
    dprintf(device, "%d\n", id);
    close(device);
}
