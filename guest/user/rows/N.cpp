// SPDX-License-Identifier: GPL-2.0-or-later
// Rows N: the reverse map.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"

namespace {

constexpr int kRead = PROT_READ, kBoth = PROT_READ | PROT_WRITE;
/// A program that nobody runs here: all areas that show it are the row's own.
constexpr char kFile[] = "/bin/tour";

int open_file() {
    const int fd = open(kFile, O_RDONLY);
    CHECK(fd >= 0);
    return fd;
}

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

/// How many anon_vmas there are, by /proc/slabinfo.
long anon_vmas() {
    static char text[8192];
    const int fd = open("/proc/slabinfo", O_RDONLY);
    CHECK(fd >= 0);
    size_t length = 0;
    for (long got; (got = read(fd, text + length, sizeof text - 1 - length)) > 0;)
        length += static_cast<size_t>(got);
    close(fd);
    text[length] = '\0';
    const char* line = strstr(text, "\nanon_vma ");
    CHECK(line != nullptr);
    return line ? strtol(line + sizeof "\nanon_vma" - 1, nullptr, 10) : -1;
}

}  // namespace

ROW(N01_first_write_makes_an_anon_vma) {
    volatile char* at = map(4, kBoth);
    look(at, 4);  // reads alone do not
    tell_self();
    tell("at", at);
    checkpoint(1);
    at[kPage] = 1;
    checkpoint(2);
}

ROW(N02_fork_enters_the_childs_area_into_the_same_list) {
    volatile char* at = map(2, kBoth);
    touch(at, 2);
    tell_self();
    tell("at", at);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
    checkpoint(2);
}

ROW(N03_private_file_area_is_in_both_after_a_cow) {
    volatile char* at = map(4, kBoth, MAP_PRIVATE, open_file(), 2);
    look(at, 4);
    tell_self();
    tell("at", at);
    checkpoint(1);
    at[2 * kPage] = 1;
    checkpoint(2);
}

ROW(N04_shared_area_is_in_its_files_tree_only) {
    volatile char* of_file = map(4, kRead, MAP_SHARED, open_file(), 1);
    volatile char* of_memory = map(4, kBoth, MAP_SHARED | MAP_ANONYMOUS);
    look(of_file, 4);
    touch(of_memory, 4);
    tell_self();
    tell("of_file", of_file);
    tell("of_memory", of_memory);
    checkpoint(1);
}

ROW(N05_heap_and_stack_are_in_an_anon_vmas_list_only) {
    volatile char* at = map(1, kBoth);
    touch(at, 1);
    volatile char* heap = static_cast<char*>(sbrk(2 * kPage));
    touch(heap, 2);
    volatile char on_stack = 1;
    tell_self();
    tell("anonymous", at);
    tell("heap", heap);
    tell("stack", &on_stack);
    checkpoint(1);
}

ROW(N06_equal_ranges_share_one_tree_node) {
    const int fd = open_file();
    volatile char* at = map(3, kRead, MAP_PRIVATE, fd, 2);
    volatile char* elsewhere = at + 64 * kPage;
    const pid_t child = child_that([&] {
        unmap(at, 3);
        map_at(elsewhere, 3, kRead, MAP_PRIVATE, fd, 2);
    });
    tell_self();
    tell("child", static_cast<unsigned long>(child));
    tell("at", at);
    tell("elsewhere", elsewhere);
    checkpoint(1);
    unmap(at, 3);
    checkpoint(2);
    finish(child);
}

ROW(N07_a_page_leads_to_exactly_the_areas_that_show_it) {
    struct {
        size_t first, pages;
    } constexpr kRanges[] = {{0, 9}, {2, 4}, {2, 1}, {2, 2}, {7, 5}, {12, 1}, {0, 1}, {5, 2}, {3, 8}, {1, 1}};
    const int fd = open_file();
    for (const auto& range : kRanges)
        map(range.pages, kRead, MAP_PRIVATE, fd, range.first);
    volatile char* cut = map(5, kRead, MAP_PRIVATE, fd, 4);
    volatile char* gone = map(13, kRead, MAP_PRIVATE, fd, 0);
    tell_self();
    checkpoint(1);
    unmap(gone, 13);
    checkpoint(2);
    unmap(cut + 2 * kPage, 1);  // two areas of one
    checkpoint(3);
}

ROW(N09_the_last_area_takes_its_anon_vma_with_it) {
    volatile char* at = map(2, kBoth);
    const long before = anon_vmas();
    touch(at, 2);
    CHECK_EQ(anon_vmas(), before + 1);
    tell_self();
    tell("at", at);
    checkpoint(1);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    unmap(at, 2);  // the child's copy keeps it
    checkpoint(2);
    finish(child);
    CHECK_EQ(anon_vmas(), before);
    checkpoint(3);
}

ROW(N11_lists_and_pointers_change_under_their_locks) {
    volatile char* at = map(3, kBoth);
    tell_self();
    tell("at", at);
    checkpoint(1);
    touch(at, 3);  // vma->anon_vma, under page_table_lock
    checkpoint(2);
    const pid_t child = child_that([] {});  // one more on the list
    checkpoint(3);
    finish(child);  // one less
    checkpoint(4);
    CHECK_EQ(mprotect(const_cast<char*>(at) + kPage, kPage, kRead), 0);  // three areas of one
    checkpoint(5);
    CHECK_EQ(mprotect(const_cast<char*>(at) + kPage, kPage, kBoth), 0);  // and one again
    checkpoint(6);
}
