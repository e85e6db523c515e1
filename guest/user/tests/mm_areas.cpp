// SPDX-License-Identifier: GPL-2.0-or-later
// Areas as /proc/PID/maps shows them: cut, merged, protected, placed, and limited in number and size.
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/mm_probe.h"

namespace {

using namespace probe;

constexpr unsigned long kBase = 0x20000000;
constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
char* at(unsigned long page) {
    return reinterpret_cast<char*>(kBase + page * kPage);
}

/// The areas that begin in [kBase, kBase + 1 MiB), as "page+pages rwxp" separated by ", ".
const char* areas() {
    static char list[512];
    size_t length = 0;
    list[0] = '\0';
    load("/proc/self/maps");
    for (const char* line = text; *line; line = strchr(line, '\n') + 1) {
        char* behind;
        const unsigned long start = strtoul(line, &behind, 16), end = strtoul(behind + 1, &behind, 16);
        if (start < kBase || start >= kBase + (1 << 20)) continue;
        length += static_cast<size_t>(snprintf(list + length, sizeof(list) - length, "%s%lu+%lu %.4s",
                                               length ? ", " : "", (start - kBase) / kPage,
                                               (end - start) / kPage, behind + 1));
    }
    return list;
}

/// mmap for calls that fail: -1 or an address.
long try_map(void* where, unsigned long size, int protection, int flags, int fd = -1) {
    return reinterpret_cast<long>(mmap(where, size, protection, flags, fd, 0));
}

void* map_at(unsigned long page, unsigned long pages, int protection, int flags = kAnonymous) {
    return mmap(at(page), pages * kPage, protection, flags | MAP_FIXED, -1, 0);
}

/// What the areas are where equal neighbours become one, and in 2.4.0, where they do not.
const char* areas_are(const char* merged, const char* in_2_4_0) {
    return is_edition("2.4.0") ? in_2_4_0 : merged;
}

void neighbours_merge_split_and_merge_again() {
    map_at(0, 3, PROT_READ | PROT_WRITE);
    map_at(6, 3, PROT_READ | PROT_WRITE);
    CHECK_TEXT(areas(), "0+3 rw-p, 6+3 rw-p");
    map_at(3, 3, PROT_READ | PROT_WRITE);
    CHECK_TEXT(areas(), areas_are("0+9 rw-p", "0+3 rw-p, 3+3 rw-p, 6+3 rw-p"));
    touch(at(0), 9);
    mprotect(at(4), 2 * kPage, PROT_READ);
    CHECK_TEXT(areas(), areas_are("0+4 rw-p, 4+2 r--p, 6+3 rw-p", "0+3 rw-p, 3+1 rw-p, 4+2 r--p, 6+3 rw-p"));
    mprotect(at(3), 2 * kPage, PROT_READ);  // the tail of one area goes to the next
    CHECK_TEXT(areas(), areas_are("0+3 rw-p, 3+3 r--p, 6+3 rw-p", "0+3 rw-p, 3+1 r--p, 4+2 r--p, 6+3 rw-p"));
    mprotect(at(3), 3 * kPage, PROT_READ | PROT_WRITE);
    CHECK_TEXT(areas(), areas_are("0+9 rw-p", "0+3 rw-p, 3+1 rw-p, 4+2 rw-p, 6+3 rw-p"));
    CHECK_EQ(look(at(0), 9), 45);
    munmap(at(2), 5 * kPage);
    CHECK_TEXT(areas(), "0+2 rw-p, 7+2 rw-p");
    CHECK_EQ(at(8)[0], 9);
    munmap(at(0), 9 * kPage);
    CHECK_TEXT(areas(), "");
}

void a_fixed_map_replaces_pages_and_all() {
    map_at(0, 4, PROT_READ | PROT_WRITE);
    touch(at(0), 4);
    map_at(1, 2, PROT_READ | PROT_WRITE);
    CHECK_TEXT(areas(), areas_are("0+4 rw-p", "0+1 rw-p, 1+2 rw-p, 3+1 rw-p"));
    CHECK_EQ(look(at(0), 4), 1 + 4);
    munmap(at(0), 4 * kPage);
}

void bad_calls_get_their_errors() {
    if (since_2_6_28()) {
        CHECK_FAILS(try_map(nullptr, 0, PROT_READ, kAnonymous), EINVAL);
        CHECK_FAILS(try_map(nullptr, 0xC0001000, PROT_READ, kAnonymous), ENOMEM);
    } else {  // nothing, at the place that was asked for
        CHECK_EQ(try_map(nullptr, 0, PROT_READ, kAnonymous), 0);
        CHECK_EQ(try_map(at(3), 0, PROT_READ, kAnonymous), reinterpret_cast<long>(at(3)));
        CHECK_FAILS(try_map(nullptr, 0xC0001000, PROT_READ, kAnonymous), EINVAL);
    }
    CHECK_FAILS(try_map(at(0) + 1, kPage, PROT_READ, kAnonymous | MAP_FIXED), EINVAL);
    CHECK_FAILS(try_map(reinterpret_cast<void*>(0xC0000000), kPage, PROT_READ, kAnonymous | MAP_FIXED),
                is_edition("2.4.0") ? EINVAL : ENOMEM);
    if (is_edition("2.4.0")) {
        CHECK_EQ(munmap(mmap(nullptr, kPage, PROT_READ, MAP_ANONYMOUS, -1, 0), kPage), 0);  // it is private
    } else {
        CHECK_FAILS(try_map(nullptr, kPage, PROT_READ, MAP_ANONYMOUS), EINVAL);
    }
    CHECK_FAILS(try_map(nullptr, kPage, PROT_READ, MAP_PRIVATE, 63), EBADF);
    CHECK_FAILS(try_map(nullptr, 0xC0000000, PROT_READ, kAnonymous), ENOMEM);
    const int fd = open("/share/pages.txt", O_RDONLY);
    CHECK_FAILS(try_map(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd), EACCES);
    char* shared = static_cast<char*>(mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0));
    CHECK_FAILS(mprotect(shared, kPage, PROT_READ | PROT_WRITE), EACCES);
    munmap(shared, kPage);
    close(fd);
    CHECK_FAILS(munmap(at(0) + 1, kPage), EINVAL);
    CHECK_FAILS(munmap(at(0), 0), EINVAL);
    CHECK_FAILS(mprotect(at(0), kPage, PROT_READ), is_2_4() ? EFAULT : ENOMEM);
    CHECK_EQ(munmap(at(0), kPage), 0);
}

/// In 2.4 they go up, whatever the stack may need.
void maps_go_down_from_below_the_stacks_room() {
    char* first = const_cast<char*>(map(2, PROT_READ));
    char* second = const_cast<char*>(map(2, PROT_NONE));
    CHECK(second == (is_2_4() ? first + 2 * kPage : first - 2 * kPage));
    munmap(first, 2 * kPage);
    CHECK(const_cast<char*>(map(2, PROT_READ)) == first);
    munmap(is_2_4() ? first : second, 4 * kPage);
}

/// The heap begins on a page, but in 2.4.
char* page_at_or_behind(char* place) {
    return reinterpret_cast<char*>((reinterpret_cast<unsigned long>(place) + kPage - 1) & ~(kPage - 1));
}

void the_heap_ends_where_it_is_told() {
    char* const start = page_at_or_behind(static_cast<char*>(sbrk(0)));
    const counts c = during([&] {
        CHECK_EQ(brk(start + 10 * kPage), 0);
        touch(start, 10);
    });
    CHECK_EQ(c.size, 10);
    CHECK_EQ(c.rss, 10);
    const counts shrunk = during([&] { CHECK_EQ(brk(start + 3 * kPage), 0); });
    CHECK_EQ(shrunk.size, -7);
    CHECK_EQ(shrunk.rss, -7);
    CHECK_EQ(look(start, 3), 6);
    CHECK_EQ(brk(start), 0);
    CHECK_EQ(brk(start + kPage), 0);
    CHECK_EQ(start[0], 0);  // a page that comes back is a new one
    CHECK_EQ(brk(start), 0);
}

int status_of(void (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) {
        failed_checks = 0;
        function();
        _exit(failed_checks);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
}

/// 2.4.0 lets an area of a file grow downwards, too, as far as the file goes. The kernel touches it: a
/// program would have to have its stack there.
void a_file_may_grow_in_2_4_0() {
    if (!is_edition("2.4.0")) return;
    const int fd = open("/share/pages.txt", O_RDONLY);
    CHECK(mmap(at(20), kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_GROWSDOWN, fd, kPage) ==
          at(20));
    char begin[64];
    CHECK_EQ(read(fd, begin, sizeof begin), sizeof begin);
    CHECK_EQ(read(fd, at(19), 4), 4);
    CHECK_TEXT(areas(), "19+2 rw-p");
    CHECK_EQ(memcmp(at(19) + 4, begin + 4, sizeof begin - 4), 0);
    CHECK_FAILS(read(fd, at(18), 4), EFAULT);  // nothing is before the file
    CHECK_TEXT(areas(), "19+2 rw-p");
    close(fd);
    munmap(at(19), 2 * kPage);
}

void limits_hold() {
    CHECK_EQ(status_of([] {
                 const unsigned long size = static_cast<unsigned long>(now().size) * kPage;
                 const rlimit limit = {size + 4 * kPage, size + 4 * kPage};
                 setrlimit(RLIMIT_AS, &limit);
                 CHECK_FAILS(try_map(nullptr, 5 * kPage, PROT_READ, kAnonymous), ENOMEM);
                 CHECK(mmap(nullptr, 4 * kPage, PROT_READ, kAnonymous, -1, 0) != MAP_FAILED);
                 CHECK_FAILS(brk(static_cast<char*>(sbrk(0)) + kPage), ENOMEM);
             }),
             0);
    CHECK_EQ(status_of([] {
                 const rlimit limit = {0, 0};
                 setrlimit(RLIMIT_DATA, &limit);
                 CHECK_FAILS(brk(static_cast<char*>(sbrk(0)) + kPage), ENOMEM);
             }),
             0);
    CHECK_EQ(
        status_of([] {
            const rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
            setrlimit(RLIMIT_STACK, &limit);
            char* const argv[] = {const_cast<char*>("mm_areas"), const_cast<char*>("bottom-up"), nullptr};
            execve("/proc/self/exe", argv, environ);
            _exit(99);
        }),
        0);
}

/// After exec without a limit for the stack, maps go up from a third of the user space.
int bottom_up() {
    char* first = const_cast<char*>(map(2, PROT_READ));
    const bool vdso_is_an_area = since_2_6_28();                 // the first one of all
    const unsigned long early_page = is_2_4() ? 0 : 0xFFFFE000;  // 2.4 has none
    CHECK_EQ(getauxval(AT_SYSINFO_EHDR), vdso_is_an_area ? 0x40000000 : early_page);
    CHECK(first == reinterpret_cast<char*>(vdso_is_an_area ? 0x40001000 : 0x40000000));
    CHECK(const_cast<char*>(map(2, PROT_NONE)) == first + 2 * kPage);
    munmap(first, 2 * kPage);
    CHECK(const_cast<char*>(map(1, PROT_READ)) == first);
    return failed_checks;
}

/// Every second page of a large area gets other rights: an area each, until there are as many as there may
/// be.
void there_is_a_largest_number_of_areas() {
    constexpr unsigned long kPages = 70000;
    CHECK_EQ(status_of([] {
                 map_at(0, kPages, PROT_NONE);
                 unsigned long page = 1;
                 while (page < kPages && mprotect(at(page), kPage, PROT_READ) == 0)
                     page += 2;
                 CHECK_EQ(errno, ENOMEM);
                 CHECK(page > 65400 && page < 65540);
                 CHECK_FAILS(munmap(at(kPages - 3), kPage), ENOMEM);
                 CHECK_EQ(munmap(at(1), kPage), 0);  // a whole area: nothing to cut
                 CHECK_EQ(look(at(3), 1), 0);
                 CHECK_EQ(munmap(at(0), kPages * kPage), 0);
                 map_at(0, 3, PROT_READ);
                 CHECK_TEXT(areas(), "0+3 r--p");
             }),
             0);
}

}  // namespace

int main(int argc, char**) {
    if (argc > 1) return bottom_up();
    neighbours_merge_split_and_merge_again();
    a_fixed_map_replaces_pages_and_all();
    bad_calls_get_their_errors();
    maps_go_down_from_below_the_stacks_room();
    the_heap_ends_where_it_is_told();
    a_file_may_grow_in_2_4_0();
    limits_hold();
    there_is_a_largest_number_of_areas();
    return verdict("mm_areas");
}
