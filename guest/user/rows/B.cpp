// SPDX-License-Identifier: GPL-2.0-or-later
// Rows B: the program's segments, its heap, and what exec puts on the stack.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

extern "C" char etext[];  // the end of the code, from the linker

namespace {

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

char* heap_end() {
    return static_cast<char*>(sbrk(0));
}

/// The first page border at or above the heap's end.
char* next_page() {
    const size_t inside = reinterpret_cast<size_t>(heap_end()) % kPage;
    return heap_end() + (kPage - inside) % kPage;
}

/// What the program was started with: argc, argv, null, envp, null, auxiliary vector (System V i386 ABI).
unsigned long* entry_stack() {
    return reinterpret_cast<unsigned long*>(arguments - 2);
}

const unsigned long* auxiliary_vector() {
    char** end = environ;
    while (*end)
        end++;
    return reinterpret_cast<unsigned long*>(end + 1);
}

/// Starts the row anew with arguments and an environment that the host knows.
void start_with_known_strings() {
    if (argument_count != 0) return;
    char* const words[] = {arguments[-1], const_cast<char*>("one"), const_cast<char*>("two words"), nullptr};
    char* const variables[] = {const_cast<char*>("COLOUR=red"), const_cast<char*>("EMPTY="), nullptr};
    execve(arguments[-1], words, variables);
    CHECK(false);
}

}  // namespace

ROW(B01_code_and_data_are_where_the_program_headers_say) {
    tell_self();
    checkpoint(1);
}

ROW(B02_the_heap_begins_behind_the_bss_and_only_its_end_moves) {
    tell_self();
    checkpoint(1);
    sbrk(100);
    checkpoint(2);
}

ROW(B03_the_heap_grows_and_shrinks_with_its_memory) {
    tell_self();
    checkpoint(1);
    char* const start = next_page();
    CHECK_EQ(brk(start + 10 * kPage - 3), 0);
    CHECK(heap_end() == start + 10 * kPage - 3);
    checkpoint(2);
    touch(start, 10);
    checkpoint(3);
    CHECK_EQ(brk(start + 1), 0);
    checkpoint(4);
    CHECK_EQ(*start, 1);
}

ROW(B04_the_heap_does_not_end_below_its_start) {
    tell_self();
    tell("end", heap_end());
    checkpoint(1);
    const long end = reinterpret_cast<long>(heap_end());
    if (since_2_6_28()) {
        CHECK_FAILS(brk(reinterpret_cast<char*>(end - 1)),
                    ENOMEM);  // nothing was asked for yet: end is start
    } else {
        CHECK_EQ(brk(reinterpret_cast<char*>(end - 1)), 0);  // the code does not end there
        CHECK_EQ(brk(reinterpret_cast<char*>(end)), 0);
        CHECK_FAILS(brk(reinterpret_cast<char*>(reinterpret_cast<long>(etext) - 1)), ENOMEM);
    }
    CHECK_FAILS(brk(reinterpret_cast<char*>(0x08048000)), ENOMEM);
    CHECK_FAILS(brk(nullptr), ENOMEM);
    checkpoint(2);
}

ROW(B05_one_page_stays_free_behind_the_heap) {
    tell_self();
    char* const start = next_page();
    map_at(start + 8 * kPage, 1, PROT_READ);
    CHECK_FAILS(brk(start + 8 * kPage), ENOMEM);
    CHECK_FAILS(brk(start + 7 * kPage + 1), ENOMEM);
    checkpoint(1);
    CHECK_EQ(brk(start + 7 * kPage), 0);
    tell("end", start + 7 * kPage);
    checkpoint(2);
}

ROW(B06_the_limit_of_data_holds) {
    tell_self();
    rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_DATA, &limit), 0);
    limit.rlim_cur = 64 * kPage;
    CHECK_EQ(setrlimit(RLIMIT_DATA, &limit), 0);
    tell("end", heap_end());
    CHECK_FAILS(brk(heap_end() + 65 * kPage), ENOMEM);
    checkpoint(1);
    CHECK_EQ(brk(heap_end() + 16 * kPage), 0);
}

ROW(B07_within_a_page_only_the_end_moves) {
    tell_self();
    CHECK_EQ(brk(next_page() + 10), 0);
    checkpoint(1);
    CHECK_EQ(brk(heap_end() + 100), 0);
    checkpoint(2);
    CHECK_EQ(brk(heap_end() - 50), 0);
    checkpoint(3);
}

ROW(B08_the_stack_begins_at_argc) {
    tell_self();
    start_with_known_strings();
    tell("stack", entry_stack());
    checkpoint(1);
}

ROW(B09_arguments_and_environment_lie_side_by_side) {
    tell_self();
    start_with_known_strings();
    CHECK_EQ(argument_count, 2);
    CHECK_TEXT(arguments[1], "two words");
    checkpoint(1);
}

ROW(B10_the_saved_auxiliary_vector_is_the_one_on_the_stack) {
    tell_self();
    const unsigned long* const vector = auxiliary_vector();
    size_t words = 0;
    while (vector[words] != 0)
        words += 2;
    words += 2;
    tell("vector", vector);
    tell("words", words);
    unsigned long file[64] = {};
    const int fd = open("/proc/self/auxv", O_RDONLY);
    CHECK_EQ(read(fd, file, sizeof(file)), static_cast<long>(words * sizeof(*file)));
    CHECK_EQ(memcmp(file, vector, words * sizeof(*file)), 0);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}

ROW(B12_exec_forgets_that_mappings_were_to_be_locked) {
    tell_self();
    if (argument_count == 0) {
        CHECK_EQ(mlockall(MCL_FUTURE), 0);
        checkpoint(1);
        exec_row("again");
    }
    checkpoint(2);
    map(1, PROT_READ);
    checkpoint(3);
}
