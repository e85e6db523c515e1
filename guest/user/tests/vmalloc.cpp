// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel memory of the vmalloc range, through /dev/vmalloc: it is there in every process, and gone when
// freed.
#include <errno.h>

#include "tests/mm_probe.h"

namespace {

using namespace probe;

int device;

/// What the device answers: 0 or an errno.
int command(const char* words) {
    const ssize_t length = static_cast<ssize_t>(strlen(words));
    return write(device, words, static_cast<size_t>(length)) == length ? 0 : errno;
}
int command(const char* word, unsigned number) {
    char text[32];
    snprintf(text, sizeof text, "%s %u", word, number);
    return command(text);
}
unsigned long place() {
    unsigned long address = 1;
    CHECK_EQ(read(device, &address, sizeof address), sizeof address);
    return address;
}

/// The line of /proc/vmallocinfo about the device's area, or null.
const char* line_of_area() {
    char start[16];
    snprintf(start, sizeof start, "0x%08lx-", place());
    load("/proc/vmallocinfo");
    return strstr(text, start);
}

void every_process_sees_the_same_area() {
    CHECK_EQ(command("alloc", 5), 0);
    CHECK(place() >= 0xC0000000 && place() % kPage == 0);
    // A child that was there before its pages were first touched, and its parent.
    CHECK_EQ(failures_in_child([] { CHECK_EQ(command("fill"), 0); }), 0);
    CHECK_EQ(command("check"), 0);
    CHECK_EQ(failures_in_child([] { CHECK_EQ(command("check"), 0); }), 0);
    const char* line = line_of_area();
    CHECK(line && strstr(line, " pages=5 vmalloc\n"));
    CHECK(line && strstr(line, "   24576 "));
}

void the_page_behind_is_not_there() {
    CHECK_EQ(command("peek", 4), 0);
    CHECK_EQ(command("peek", 5), EFAULT);
}

void what_is_freed_is_gone_everywhere() {
    CHECK_EQ(command("free"), 0);
    CHECK_EQ(place(), 0);
    CHECK_EQ(command("peek", 0), EFAULT);
    CHECK_EQ(failures_in_child([] { CHECK_EQ(command("peek", 0), EFAULT); }), 0);
    CHECK_EQ(command("check"), EINVAL);
    CHECK_EQ(command("free"), EINVAL);
}

void a_place_is_used_again() {
    CHECK_EQ(command("alloc", 3), 0);
    const unsigned long first = place();
    CHECK_EQ(command("alloc", 3), EBUSY);
    CHECK_EQ(command("fill"), 0);
    CHECK_EQ(command("free"), 0);
    CHECK_EQ(command("alloc", 2), 0);
    CHECK_EQ(place(), first);
    CHECK_EQ(command("peek", 2), EFAULT);
    CHECK_EQ(command("free"), 0);
}

long free_pages() {
    load("/proc/meminfo");
    return number("MemFree:") / 4;
}

/// More than one page table, and an array of frames that is itself made by vmalloc.
void large_areas_come_and_go_without_loss() {
    CHECK_EQ(command("alloc", 1500), 0);
    CHECK_EQ(command("free"), 0);
    const long before = free_pages();
    CHECK_EQ(command("alloc", 1500), 0);
    load("/proc/meminfo");
    CHECK(number("VmallocUsed:") >= 1500 * 4 && number("VmallocChunk:") < number("VmallocTotal:"));
    CHECK(before - free_pages() >= 1500);
    CHECK_EQ(command("fill"), 0);
    CHECK_EQ(failures_in_child([] { CHECK_EQ(command("check"), 0); }), 0);
    CHECK_EQ(command("free"), 0);
    CHECK_EQ(free_pages(), before);
    CHECK_EQ(command("alloc", 0), ENOMEM);
    CHECK_EQ(command("alloc", 900000), ENOMEM);
    CHECK_EQ(free_pages(), before);
}

void nonsense_is_refused() {
    CHECK_EQ(command("alloc"), EINVAL);
    CHECK_EQ(command("alloc 5x"), EINVAL);
    CHECK_EQ(command("nonsense"), EINVAL);
    CHECK_EQ(command("a command that is far too long for this"), EINVAL);
    char small;
    CHECK_FAILS(read(device, &small, 1), EINVAL);
    CHECK_FAILS(read(device, reinterpret_cast<void*>(8), 4), EFAULT);
    CHECK_FAILS(write(device, reinterpret_cast<void*>(8), 4), EFAULT);
}

}  // namespace

int main() {
    device = open("/dev/vmalloc", O_RDWR);
    CHECK(device >= 0);
    every_process_sees_the_same_area();
    the_page_behind_is_not_there();
    what_is_freed_is_gone_everywhere();
    a_place_is_used_again();
    large_areas_come_and_go_without_loss();
    nonsense_is_refused();
    return verdict("vmalloc");
}
