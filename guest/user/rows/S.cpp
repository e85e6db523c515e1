// SPDX-License-Identifier: GPL-2.0-or-later
// Rows S: the stack grows down to where it is touched.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

/// Writes one byte with ESP set as if the program had used its stack down to `esp`.
void touch_with_stack_at(volatile char* esp, volatile char* address) {
    asm volatile(
        "movl %%esp, %%ebx\n\t"
        "movl %0, %%esp\n\t"
        "movb $1, (%1)\n\t"
        "movl %%ebx, %%esp"
        :
        : "r"(esp), "r"(address)
        : "ebx", "memory");
}

/// Where the stack area begins, from /proc/self/maps.
char* stack_start() {
    static char text[8192];
    const int fd = open("/proc/self/maps", O_RDONLY);
    long length = 0;
    for (long got; (got = read(fd, text + length, sizeof(text) - 1 - static_cast<size_t>(length))) > 0;)
        length += got;
    close(fd);
    text[length] = '\0';
    char* line = strstr(text, "[stack]");
    CHECK(line != nullptr);
    while (line > text && line[-1] != '\n')
        line--;
    return reinterpret_cast<char*>(strtoul(line, nullptr, 16));
}

volatile char* far_below;
void push_there() {
    touch_with_stack_at(far_below, far_below);
}

constexpr size_t kSlack = 65536 + 128;  // how far below ESP a program may touch: ENTER's largest frame
constexpr size_t kEarlySlack = 32;      // before 2.6.28: PUSHA

/// A touch one byte too far below ESP is refused; the nearest that is allowed makes the stack grow.
void touch_at_the_limit(size_t slack) {
    tell_self();
    tell("start", stack_start());
    checkpoint(1);
    volatile char* const esp = stack_start() + 16;
    CHECK_EQ(WTERMSIG(fate_of([=] { touch_with_stack_at(esp, esp - slack - 1); })), SIGSEGV);
    CHECK_EQ(fate_of([=] { touch_with_stack_at(esp, esp - slack); }), 0);
    touch_with_stack_at(esp, esp - slack);
    tell("touched", esp - slack);
    checkpoint(2);
}

}  // namespace

ROW(S01_a_push_below_the_area_lowers_its_start) {
    tell_self();
    volatile char* const start = stack_start();
    tell("start", start);
    checkpoint(1);
    touch_with_stack_at(start - 5 * kPage + 300, start - 5 * kPage + 300);
    checkpoint(2);
}

ROW(S02_the_slack_below_esp_is_what_pusha_writes) {
    touch_at_the_limit(kEarlySlack);
}

ROW(S03_the_slack_below_esp_ends_with_the_largest_frame) {
    tell_self();
    tell("start", stack_start());
    checkpoint(1);
    volatile char* const esp = stack_start() + 128;
    CHECK_EQ(WTERMSIG(fate_of([=] { touch_with_stack_at(esp, esp - kSlack - 1); })), SIGSEGV);
    CHECK_EQ(fate_of([=] { touch_with_stack_at(esp, esp - kSlack); }), 0);
    touch_with_stack_at(esp, esp - kSlack);
    tell("touched", esp - kSlack);
    checkpoint(2);
}

ROW(S04_the_stack_does_not_grow_beyond_its_limit) {
    tell_self();
    rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
    limit.rlim_cur = 512 * 1024;
    CHECK_EQ(setrlimit(RLIMIT_STACK, &limit), 0);
    far_below = reinterpret_cast<char*>(0xC0000000 - 512 * 1024 - 1);
    checkpoint(1);
    const Caught caught = catch_signal(push_there);
    CHECK_EQ(caught.signal, SIGSEGV);
    CHECK_EQ(caught.address, reinterpret_cast<unsigned long>(far_below));
    checkpoint(2);
    far_below = far_below + 1;  // the last page inside
    CHECK_EQ(catch_signal(push_there).signal, 0);
    checkpoint(3);
}

ROW(S05_the_kernel_may_write_far_below_esp) {
    tell_self();
    volatile char* const start = stack_start();
    tell("start", start);
    checkpoint(1);
    const int fd = open("/share/pages.txt", O_RDONLY);
    CHECK_EQ(read(fd, const_cast<char*>(start) - 100 * kPage, 4), 4);
    CHECK_EQ(memcmp(const_cast<char*>(start) - 100 * kPage, "page", 4), 0);
    checkpoint(2);
}

ROW(S06_growth_counts_as_stack) {
    tell_self();
    volatile char* const start = stack_start();
    checkpoint(1);
    touch_with_stack_at(start - 9 * kPage, start - 9 * kPage);
    checkpoint(2);
}
