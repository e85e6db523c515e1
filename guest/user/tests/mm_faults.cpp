// SPDX-License-Identifier: GPL-2.0-or-later
// What a page fault maps and what it counts: zero page, fresh frames, pages of files, copies, the stack. Each
// check names a row of the kernel's fact sheet in words.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/mm_probe.h"

namespace {

using namespace probe;

void reading_untouched_memory_maps_the_zero_page_and_takes_no_frame() {
    volatile char* at = map(8, PROT_READ | PROT_WRITE);
    int sum = -1;
    const counts c = during([&] { sum = look(at, 8); });
    CHECK_EQ(sum, 0);
    CHECK_EQ(c.minor, 8);
    CHECK_EQ(c.major, 0);
    CHECK_EQ(c.rss, 0);
    CHECK_EQ(c.zero_mapped, 8);
    const counts writing = during([&] { touch(at, 8); });
    CHECK_EQ(writing.minor, 8);
    CHECK_EQ(writing.rss, 8);
    CHECK_EQ(writing.zeroed, 8);
    CHECK_EQ(writing.copied, 0);
    CHECK_EQ(at[5], 0);
    unmap(at, 8);
}

void writing_untouched_memory_gives_a_zeroed_frame_at_once() {
    volatile char* at = map(8, PROT_READ | PROT_WRITE);
    const counts c = during([&] { touch(at, 8); });
    CHECK_EQ(c.minor, 8);
    CHECK_EQ(c.rss, 8);
    CHECK_EQ(c.zeroed, 8);
    const counts again = during([&] { touch(at, 8); });
    CHECK_EQ(again.minor, 0);
    const counts gone = during([&] { unmap(at, 8); });
    CHECK_EQ(gone.rss, -8);
    CHECK_EQ(gone.size, -8);
}

void the_peak_of_rss_is_remembered() {
    volatile char* at = map(64, PROT_READ | PROT_WRITE);
    touch(at, 64);
    settle();
    const counts high = now();
    unmap(at, 64);
    const counts low = now();
    CHECK_EQ(low.rss, high.rss - 64);
    if (!is_2_4()) CHECK(low.hiwater_rss >= high.rss);
}

/// Pages 100 MiB apart need a table each; unmapping the last page of a table gives it back.
void page_tables_come_and_go_with_the_areas() {
    constexpr size_t kFar = 100u << 20;
    char* bases[3];
    for (size_t i = 0; i < 3; i++) {
        bases[i] = reinterpret_cast<char*>(0x20000000 + i * kFar);
        void* at =
            mmap(bases[i], kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        CHECK(at == bases[i]);
    }
    const counts c = during([&] {
        for (char* base : bases)
            *base = 1;
    });
    if (is_2_4()) return;  // it does not count them
    CHECK_EQ(c.tables, 3);
    const counts gone = during([&] {
        for (char* base : bases)
            munmap(base, kPage);
    });
    CHECK_EQ(gone.tables, -3);
}

void a_table_shared_by_two_areas_stays_until_the_second_goes() {
    char* first = reinterpret_cast<char*>(0x30000000);
    char* second = first + 512 * kPage;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    const counts c = during([&] {
        *static_cast<char*>(mmap(first, kPage, PROT_WRITE, flags, -1, 0)) = 1;
        *static_cast<char*>(mmap(second, kPage, PROT_WRITE, flags, -1, 0)) = 1;
    });
    if (is_2_4()) return;
    CHECK_EQ(c.tables, 1);
    CHECK_EQ(during([&] { munmap(first, kPage); }).tables, 0);
    CHECK_EQ(during([&] { munmap(second, kPage); }).tables, -1);
}

void file_pages_come_from_the_cache_and_are_major_once() {
    const int fd = open("/share/pages.txt", O_RDONLY);
    volatile char* at = map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
    const counts first = during([&] { look(at, 2); });
    CHECK_EQ(first.minor + first.major, 2);
    CHECK_EQ(first.rss, 2);
    CHECK_EQ(first.files, 2);
    volatile char* again = map(2, PROT_READ, MAP_PRIVATE, fd);
    const counts cached = during([&] { look(again, 2); });
    CHECK_EQ(cached.minor, is_2_4() ? 0 : 2);
    CHECK_EQ(cached.major, is_2_4() ? 2 : 0);
    CHECK_EQ(at[10], again[10]);
    const counts copied = during([&] { at[10] = '!'; });
    CHECK_EQ(copied.minor, 1);
    CHECK_EQ(copied.copied, 1);
    CHECK_EQ(copied.rss, 0);  // one file page less, one anonymous page more
    CHECK_EQ(at[10], '!');
    CHECK(again[10] != '!');
    unmap(at, 2);
    unmap(again, 2);
    close(fd);
}

void writing_an_untouched_private_file_page_copies_at_once() {
    const int fd = open("/share/pages.txt", O_RDONLY);
    volatile char* at = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
    const counts c = during([&] { at[0] = '!'; });
    CHECK_EQ(c.minor + c.major, 1);
    CHECK_EQ(c.copied, 1);
    CHECK_EQ(c.files, 0);
    CHECK_EQ(c.rss, 1);
    char byte = 0;
    CHECK_EQ(read(fd, &byte, 1), 1);
    CHECK(byte != '!');
    unmap(at, 1);
    close(fd);
}

int status_of(void (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) {
        function();
        _exit(0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
}

void touching_behind_the_end_of_a_file_is_a_bus_error() {
    CHECK_EQ(status_of([] {
                 const int fd = open("/share/pages.txt", O_RDONLY);
                 struct stat status;
                 fstat(fd, &status);
                 const size_t pages = (static_cast<size_t>(status.st_size) + kPage - 1) / kPage;
                 volatile char* at = map(pages + 1, PROT_READ, MAP_PRIVATE, fd);
                 if (at[pages * kPage - 1] > 0 && status.st_size % static_cast<long>(kPage))
                     _exit(1);  // zeros
                 (void)at[pages * kPage];
             }) & 0x7F,
             SIGBUS);
}

/// Read-only and back: the page is still this process's own, so the next write needs no copy.
void rights_change_without_losing_the_frame() {
    volatile char* at = map(4, PROT_READ | PROT_WRITE);
    touch(at, 4);
    const counts c = during([&] {
        mprotect(const_cast<char*>(at), 4 * kPage, PROT_NONE);
        mprotect(const_cast<char*>(at), 4 * kPage, PROT_READ);
    });
    CHECK_EQ(c.rss, 0);
    CHECK_EQ(look(at, 4), 1 + 2 + 3 + 4);
    mprotect(const_cast<char*>(at), 4 * kPage, PROT_READ | PROT_WRITE);
    const counts writing = during([&] { touch(at, 4); });
    CHECK_EQ(writing.reused, 4);
    CHECK_EQ(writing.copied, 0);
    unmap(at, 4);
}

void write_only_memory_can_be_read() {
    static volatile char* at;
    at = map(1, PROT_WRITE);
    const int status = failures_in_child([] { CHECK_EQ(at[0], 0); });
    CHECK_EQ(status, since_2_6_28() ? 0 : SIGSEGV);
    if (since_2_6_28()) CHECK_EQ(at[0], 0);
    unmap(at, 1);
}

/// Calls itself until it has used `pages` pages of stack.
__attribute__((noinline)) int descend(int pages) {
    volatile char frame[kPage];
    frame[0] = 1;
    return pages <= 1 ? frame[0] : descend(pages - 1) + frame[0];
}

void the_stack_grows_to_where_it_is_used() {
    const counts c = during([] { descend(60); });
    CHECK(c.stack >= 30);
    CHECK_EQ(c.stack, c.size);
    CHECK(c.grown > 0);
    CHECK(c.rss >= 50);
}

/// Touches the byte `below` ESP, which stands a little above the lowest byte of the stack meanwhile.
void touch_below_esp(unsigned long lowest, unsigned below) {
    asm volatile(
        "movl %%esp, %%esi\n\t"
        "leal 16(%0), %%esp\n\t"
        "subl %1, %0\n\t"
        "movb $1, 16(%0)\n\t"
        "movl %%esi, %%esp"
        : "+r"(lowest)
        : "r"(below)
        : "memory", "esi");
}

/// What is mapped below this function's frames goes; the stack's lowest byte.
unsigned long cut_the_stack() {
    load("/proc/self/maps");
    char* line = strstr(text, "[stack]");
    while (line > text && line[-1] != '\n')
        line--;
    const unsigned long start = strtoul(line, nullptr, 16);
    unsigned long esp;
    asm volatile("movl %%esp, %0" : "=r"(esp));
    CHECK(start < esp);
    const unsigned long lowest = (esp & ~(kPage - 1)) - kPage;
    munmap(reinterpret_cast<void*>(start), lowest - start);
    return lowest;
}

/// A stack grows for touches that lie no further below ESP than this.
unsigned stack_slack() {
    return since_2_6_28() ? 65536 + 128 : 32;
}

void a_touch_far_below_esp_is_no_stack() {
    CHECK_EQ(status_of([] { touch_below_esp(cut_the_stack(), stack_slack()); }), 0);
    CHECK_EQ(status_of([] { touch_below_esp(cut_the_stack(), stack_slack() + 1); }) & 0x7F, SIGSEGV);
}

void the_stack_ends_at_its_limit() {
    CHECK_EQ(status_of([] {
                 const rlimit limit = {256 * 1024, 256 * 1024};
                 setrlimit(RLIMIT_STACK, &limit);
                 descend(100);
             }) & 0x7F,
             SIGSEGV);
    CHECK_EQ(status_of([] { descend(100); }), 0);
}

void the_kernel_grows_the_stack_wherever_it_writes() {
    CHECK_EQ(status_of([] {
                 cut_the_stack();
                 unsigned long esp;
                 asm volatile("movl %%esp, %0" : "=r"(esp));
                 const int fd = open("/share/pages.txt", O_RDONLY);
                 if (read(fd, reinterpret_cast<void*>(esp - 500000), 16) != 16) _exit(1);
             }),
             0);
}

void the_kernels_own_touch_of_bad_memory_is_efault() {
    const int fd = open("/share/pages.txt", O_RDONLY);
    volatile char* read_only = map(1, PROT_READ);
    CHECK_FAILS(read(fd, reinterpret_cast<void*>(0x10), 16), EFAULT);
    CHECK_FAILS(read(fd, const_cast<char*>(read_only), 16), EFAULT);
    CHECK_FAILS(read(fd, reinterpret_cast<void*>(0xC0100000), 16), EFAULT);
    unmap(read_only, 1);
    close(fd);
}

}  // namespace

int main() {
    reading_untouched_memory_maps_the_zero_page_and_takes_no_frame();
    writing_untouched_memory_gives_a_zeroed_frame_at_once();
    the_peak_of_rss_is_remembered();
    page_tables_come_and_go_with_the_areas();
    a_table_shared_by_two_areas_stays_until_the_second_goes();
    file_pages_come_from_the_cache_and_are_major_once();
    writing_an_untouched_private_file_page_copies_at_once();
    touching_behind_the_end_of_a_file_is_a_bus_error();
    rights_change_without_losing_the_frame();
    write_only_memory_can_be_read();
    the_stack_grows_to_where_it_is_used();
    a_touch_far_below_esp_is_no_stack();
    the_stack_ends_at_its_limit();
    the_kernel_grows_the_stack_wherever_it_writes();
    the_kernels_own_touch_of_bad_memory_is_efault();
    return verdict("mm_faults");
}
