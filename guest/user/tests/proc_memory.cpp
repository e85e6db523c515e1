// SPDX-License-Identifier: GPL-2.0-or-later
// What /proc says of a process's memory fits together, and fits what the process did.
#include "tests/mm_probe.h"

namespace {

using namespace probe;

constexpr int kReadWrite = PROT_READ | PROT_WRITE;

/// A line of smaps about the area that begins at `at`, in kB; -1: there is none.
long smaps_of(const volatile char* at, const char* name) {
    char start[16];
    snprintf(start, sizeof start, "%08lx-", reinterpret_cast<unsigned long>(at));
    load("/proc/self/smaps");
    const char* area = strstr(text, start);
    const char* line = area ? strstr(area, name) : nullptr;
    return line ? strtol(line + strlen(name), nullptr, 10) : -1;
}

void smaps_knows_what_is_touched() {
    volatile char* at = map(5, kReadWrite);
    CHECK_EQ(mprotect(const_cast<char*>(at) + 5 * kPage - kPage, kPage, PROT_NONE),
             0);  // no neighbour merges
    touch(at, 3);
    CHECK_EQ(smaps_of(at, "\nSize:"), 16);
    CHECK_EQ(smaps_of(at, "\nRss:"), 12);
    CHECK_EQ(smaps_of(at, "\nPss:"), 12);
    CHECK_EQ(smaps_of(at, "\nPrivate_Dirty:"), 12);
    CHECK_EQ(smaps_of(at, "\nPrivate_Clean:"), 0);
    CHECK_EQ(smaps_of(at, "\nShared_Dirty:") + smaps_of(at, "\nShared_Clean:"), 0);
    CHECK_EQ(smaps_of(at, "\nReferenced:"), 12);
    CHECK_EQ(smaps_of(at, "\nSwap:"), 0);
    static volatile char* place;
    place = at;
    CHECK_EQ(failures_in_child([] {
                 CHECK_EQ(smaps_of(place, "\nRss:"), 12);
                 CHECK_EQ(smaps_of(place, "\nPss:"), 6);
                 CHECK_EQ(smaps_of(place, "\nShared_Dirty:"), 12);
                 place[0] = 9;
                 CHECK_EQ(smaps_of(place, "\nShared_Dirty:"), 8);
                 CHECK_EQ(smaps_of(place, "\nPrivate_Dirty:"), 4);
                 CHECK_EQ(smaps_of(place, "\nPss:"), 8);
             }),
             0);
    unmap(at, 5);
}

/// The sum over all areas of one line of smaps, in kB.
long sum_of(const char* name) {
    load("/proc/self/smaps");
    long sum = 0;
    for (const char* at = strstr(text, name); at; at = strstr(at + 1, name))
        sum += strtol(at + strlen(name), nullptr, 10);
    return sum;
}

void the_files_agree() {
    settle();
    const long size = status_pages("VmSize:"), rss = status_pages("VmRSS:");
    CHECK_EQ(sum_of("\nSize:") / 4, size);
    if (!on_this_kernel()) return;  // others count a process's pages per processor
    CHECK_EQ(sum_of("\nRss:") / 4, rss);
    load("/proc/self/statm");
    long words[7];
    char* at = text;
    for (long& word : words)
        word = strtol(at, &at, 10);
    CHECK_EQ(words[0], size);
    CHECK_EQ(words[1], rss);
    CHECK(words[2] > 0 && words[2] < rss);
    CHECK_EQ(words[3], status_pages("VmExe:"));
    CHECK_EQ(words[4] + words[6], 0);
    CHECK_EQ(words[5], status_pages("VmData:") + status_pages("VmStk:"));
}

/// A peak is remembered when the size falls, and shown even before.
void peaks_stay() {
    if (is_2_4()) return;  // nobody remembers them there
    const long size = status_pages("VmSize:"), peak = status_pages("VmPeak:"),
               rss_peak = status_pages("VmHWM:");
    const long pages = peak - size + rss_peak + 20;
    volatile char* at = map(static_cast<size_t>(pages), kReadWrite);
    CHECK_EQ(status_pages("VmPeak:"), size + pages);
    touch(at, static_cast<size_t>(pages));
    if (on_this_kernel()) CHECK_EQ(status_pages("VmHWM:"), status_pages("VmRSS:"));
    const long highest = status_pages("VmHWM:");
    if (on_this_kernel()) CHECK(highest >= rss_peak + 20);
    unmap(at, static_cast<size_t>(pages));
    CHECK_EQ(status_pages("VmSize:"), size);
    CHECK_EQ(status_pages("VmPeak:"), size + pages);
    if (on_this_kernel()) CHECK_EQ(status_pages("VmHWM:"), highest);
    static long small;
    small = size;
    CHECK_EQ(failures_in_child([] { CHECK_EQ(status_pages("VmPeak:"), small); }), 0);  // its own peak
}

}  // namespace

int main() {
    smaps_knows_what_is_touched();
    the_files_agree();
    peaks_stay();
    return verdict("proc_memory");
}
