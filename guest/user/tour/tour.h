// SPDX-License-Identifier: GPL-2.0-or-later
// The tour of the kernel's memory management: what its stops share. A stop does something, prints what it did
// and what the kernel counted, and checks that the kernel did what it says.
#pragma once

#include <stddef.h>

constexpr size_t kPage = 4096;
constexpr size_t kPageKib = 4;

/// What the kernel counted so far, of this process and (the events) of the whole system.
struct Counters {
    long minor, major;                                                     // faults: /proc/self/stat
    long size, peak, rss, data, stack, tables;                             // KiB: /proc/self/status
    long zero_mapped, zeroed, file_mapped, copied, reused, grown, cached;  // /proc/vmstat
    friend Counters operator-(const Counters& after, const Counters& before);
};
Counters count();

/// Touches every page of the program and the next stack pages, so that what is counted afterwards is only
/// what a stop does. To be called again after fork, which makes pages shared.
void settle();
/// The lowest stack page that settle() touched.
char* lowest_stack_page();

// Printing
// ----------------------------------------------------------------------------------------------------
void title(const char* text);
/// A line of explanation.
void note(const char* format, ...) __attribute__((format(printf, 1, 2)));
/// What was done, and beside it what the kernel counted.
void did(const char* what, const char* format, ...) __attribute__((format(printf, 2, 3)));
/// The lines of /proc/self/maps that touch [start, end).
void show_maps(const void* start, const void* end);

// Checking
// ----------------------------------------------------------------------------------------------------
/// Says so if the kernel did something else, and counts it.
void expect(const char* what, long got, long wanted);
int failures();

/// A number behind a name in a file of /proc, like "VmRSS:" in /proc/self/status; -1 if it is not there.
long number_in(const char* path, const char* name);
/// How many areas touch [start, end), from /proc/self/maps.
int count_areas(const void* start, const void* end);
/// True if exactly one line of /proc/self/maps is "start-end perms ...".
bool has_area(const void* start, const void* end, const char* permissions);
/// The start of the area that contains an address, from /proc/self/maps; null if there is none.
char* area_start(const void* address);

/// Prints the maps of every process and calls the observer outside, if there is one.
void checkpoint(int id);

/// Fresh anonymous private memory; ends the tour if there is none.
char* map_pages(size_t pages, int protection);
void unmap_pages(char* start, size_t pages);
/// Waits for a child and gives its status as wait() does.
int wait_for(int pid);

// The stops, one a file
// ---------------------------------------------------------------------------------------------
void demand_zero();
void file_mapping();
void fork_and_copy_on_write();
void stack_growth();
void heap();
void areas();
void threads();
void caught_fault();
void fatal_fault();
