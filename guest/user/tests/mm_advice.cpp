// SPDX-License-Identifier: GPL-2.0-or-later
// madvise, mincore, msync, and the personality's part in exec.
#include <signal.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/mm_probe.h"

namespace {

using namespace probe;

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
const char* program;  // this file

char* new_area(size_t pages, int flags = MAP_PRIVATE | MAP_ANONYMOUS) {
    return const_cast<char*>(map(pages, kReadWrite, flags));
}

/// Areas that begin in [at, at + pages).
long areas_in(char* at, size_t pages) {
    load("/proc/self/maps");
    long count = 0;
    for (const char* line = text; *line; line = strchr(line, '\n') + 1) {
        const unsigned long start = strtoul(line, nullptr, 16), first = reinterpret_cast<unsigned long>(at);
        if (start >= first && start < first + pages * kPage) count++;
    }
    return count;
}

// madvise -------------------------------------------------------------------------------------------------

void pages_that_are_not_needed_come_back_as_zeros() {
    char* at = new_area(5);
    touch(at, 5);
    const counts c = during([&] { CHECK_EQ(madvise(at + kPage, 3 * kPage, MADV_DONTNEED), 0); });
    if (on_this_kernel()) CHECK_EQ(c.rss, -3);
    CHECK_EQ(look(at, 5), 1 + 5);
    CHECK_EQ(areas_in(at, 5), 1);
    CHECK_EQ(mlock(at + 4 * kPage, kPage), 0);
    CHECK_FAILS(madvise(at + 4 * kPage, kPage, MADV_DONTNEED), EINVAL);
    CHECK_EQ(at[4 * kPage], 5);
    unmap(at, 5);
}

void a_private_copy_of_a_file_goes_back_to_the_file() {
    const int fd = open(program, O_RDONLY);
    char* at = const_cast<char*>(map(2, kReadWrite, MAP_PRIVATE, fd));
    close(fd);
    const char first = at[0], second = at[kPage];
    at[0] = 1;
    at[kPage] = 2;
    CHECK_EQ(madvise(at, 2 * kPage, MADV_DONTNEED), 0);
    CHECK_EQ(at[0], first);
    CHECK_EQ(at[kPage], second);
    unmap(at, 2);
}

void shared_memory_keeps_what_one_map_does_not_need() {
    char* at = new_area(2, MAP_SHARED | MAP_ANONYMOUS);
    touch(at, 2);
    CHECK_EQ(madvise(at, 2 * kPage, MADV_DONTNEED), 0);
    CHECK_EQ(look(at, 2), 3);
    CHECK_EQ(msync(at, 2 * kPage, MS_SYNC), 0);
    CHECK_EQ(msync(at, 2 * kPage, MS_ASYNC | MS_INVALIDATE), 0);
    unmap(at, 2);
}

void a_hole_in_shared_memory_is_everybodys() {
    if (!since_2_6_28()) return;  // MADV_REMOVE is of 2.6.16
    static char* at;
    at = new_area(4, MAP_SHARED | MAP_ANONYMOUS);
    touch(at, 4);
    CHECK_EQ(failures_in_child([] { CHECK_EQ(madvise(at + kPage, 2 * kPage, MADV_REMOVE), 0); }), 0);
    CHECK_EQ(look(at, 4), 1 + 4);
    unsigned char r[4];
    CHECK_EQ(madvise(at + 3 * kPage, kPage, MADV_REMOVE), 0);
    CHECK_EQ(mincore(at, 4 * kPage, r), 0);
    CHECK_EQ(r[3], 0);
    at[kPage] = 7;
    CHECK_EQ(look(at, 4), 1 + 7);
    CHECK_EQ(mlock(at, kPage), 0);
    CHECK_FAILS(madvise(at, kPage, MADV_REMOVE), EINVAL);
    unmap(at, 4);
    char* own = new_area(1);
    CHECK_FAILS(madvise(own, kPage, MADV_REMOVE), EINVAL);
    unmap(own, 1);
    const int fd = open(program, O_RDONLY);
    char* copy = const_cast<char*>(map(1, kReadWrite, MAP_PRIVATE, fd));
    close(fd);
    CHECK_FAILS(madvise(copy, kPage, MADV_REMOVE), EACCES);
    unmap(copy, 1);
}

void reading_habits_split_and_merge_areas() {
    char* at = new_area(6);
    CHECK_EQ(areas_in(at, 6), 1);
    CHECK_EQ(madvise(at + 2 * kPage, 2 * kPage, MADV_SEQUENTIAL), 0);
    CHECK_EQ(areas_in(at, 6), 3);
    CHECK_EQ(madvise(at + 2 * kPage, 2 * kPage, MADV_RANDOM), 0);
    CHECK_EQ(areas_in(at, 6), 3);
    CHECK_EQ(madvise(at + 4 * kPage, 2 * kPage, MADV_RANDOM), 0);
    CHECK_EQ(areas_in(at, 6), is_2_4() ? 3 : 2);  // there what was cut stays so
    CHECK_EQ(madvise(at, 6 * kPage, MADV_NORMAL), 0);
    CHECK_EQ(areas_in(at, 6), is_2_4() ? 3 : 1);
    unmap(at, 6);
}

bool can_read(const char* at) {
    const pid_t pid = fork();
    if (pid == 0) _exit(*static_cast<const volatile char*>(at) & 0);
    int status = -1;
    waitpid(pid, &status, 0);
    return status == 0;
}

char* kept;  // of the parent only
void what_is_not_for_children_is_not_there() {
    if (!since_2_6_28()) return;
    kept = new_area(4);
    touch(kept, 4);
    CHECK_EQ(madvise(kept + kPage, 2 * kPage, MADV_DONTFORK), 0);
    CHECK(can_read(kept));
    CHECK(!can_read(kept + kPage));
    CHECK(!can_read(kept + 2 * kPage));
    CHECK(can_read(kept + 3 * kPage));
    static long size;
    size = status_pages("VmSize:");
    CHECK_EQ(failures_in_child([] { CHECK_EQ(status_pages("VmSize:"), size - 2); }), 0);
    CHECK_EQ(madvise(kept, 4 * kPage, MADV_DOFORK), 0);
    CHECK(can_read(kept + kPage));
    CHECK_EQ(areas_in(kept, 4), 1);
    unmap(kept, 4);
}

void advice_of_2_6_16_is_unknown_before() {
    if (since_2_6_28()) return;
    char* at = new_area(1, MAP_SHARED | MAP_ANONYMOUS);
    constexpr int kLater[] = {MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK};
    for (const int advice : kLater)
        CHECK_FAILS(madvise(at, kPage, advice), EINVAL);
    unmap(at, 1);
}

void what_will_be_needed_is_read_now() {
    if (!on_this_kernel()) return;  // newer kernels take it for private memory, too
    char* anonymous = new_area(1);
    CHECK_FAILS(madvise(anonymous, kPage, MADV_WILLNEED), EBADF);
    unmap(anonymous, 1);
    const int fd = open("/bin/false", O_RDONLY);  // nobody has run it
    char* at = const_cast<char*>(map(2, PROT_READ, MAP_PRIVATE, fd));
    close(fd);
    unsigned char residence[2] = {9, 9};
    CHECK_EQ(mincore(at, 2 * kPage, residence), 0);
    CHECK_EQ(residence[0] + residence[1], 0);
    CHECK_EQ(madvise(at, 2 * kPage, MADV_WILLNEED), 0);
    CHECK_EQ(mincore(at, 2 * kPage, residence), 0);
    CHECK_EQ(residence[0] + residence[1], 2);
    CHECK_EQ(during([&] { look(at, 2); }).major, is_2_4() ? 2 : 0);  // there whatever a file gives is major
    unmap(at, 2);
}

void bad_advice_is_refused() {
    char* at = new_area(4);
    touch(at, 4);
    CHECK_FAILS(madvise(at + 1, kPage, MADV_DONTNEED), EINVAL);
    CHECK_FAILS(madvise(at, kPage, 7), EINVAL);
    CHECK_FAILS(madvise(at, kPage, -1), EINVAL);
    CHECK_EQ(madvise(at, 0, MADV_DONTNEED), 0);
    CHECK_EQ(look(at, 4), 10);
    unmap(at + kPage, 1);
    CHECK_FAILS(madvise(at, 4 * kPage, MADV_DONTNEED), ENOMEM);  // and yet it is done
    CHECK_EQ(at[0] + at[2 * kPage] + at[3 * kPage], 0);
    CHECK_FAILS(madvise(at + kPage, kPage, MADV_NORMAL), ENOMEM);
    unmap(at, 4);
}

// mincore, msync ------------------------------------------------------------------------------------------

void residence_is_told_page_by_page() {
    char* at = new_area(6);
    touch(at + kPage, 2);
    at[5 * kPage] = 1;
    unsigned char r[6] = {9, 9, 9, 9, 9, 9};
    CHECK_EQ(mincore(at, 6 * kPage - 1, r), 0);
    CHECK_EQ(r[0] * 32 + r[1] * 16 + r[2] * 8 + r[3] * 4 + r[4] * 2 + r[5], 16 + 8 + 1);
    CHECK_FAILS(mincore(at + 1, kPage, r), EINVAL);
    CHECK_FAILS(mincore(at, kPage, reinterpret_cast<unsigned char*>(8)), EFAULT);
    CHECK_FAILS(mincore(reinterpret_cast<void*>(0xFFFFF000), 0x2000, r), ENOMEM);
    unmap(at + 3 * kPage, 1);
    CHECK_FAILS(mincore(at, 6 * kPage, r), ENOMEM);
    CHECK_EQ(mincore(at, 0, r), 0);
    unmap(at, 6);
}

void bad_syncs_are_refused() {
    char* at = new_area(3);
    CHECK_FAILS(msync(at + 1, kPage, MS_SYNC), EINVAL);
    CHECK_FAILS(msync(at, kPage, 8), EINVAL);
    if (is_2_4()) {
        CHECK_EQ(msync(at, kPage, MS_SYNC | MS_ASYNC), 0);
    } else {
        CHECK_FAILS(msync(at, kPage, MS_SYNC | MS_ASYNC), EINVAL);
    }
    CHECK_EQ(msync(at, 3 * kPage, MS_SYNC), 0);
    CHECK_EQ(msync(at, 0, MS_SYNC), 0);
    CHECK_EQ(mlock(at + 2 * kPage, kPage), 0);
    if (is_2_4()) {
        CHECK_EQ(msync(at, 3 * kPage, MS_INVALIDATE), 0);
    } else {
        CHECK_FAILS(msync(at, 3 * kPage, MS_INVALIDATE), EBUSY);
    }
    unmap(at + kPage, 1);
    const int hole = is_2_4() ? EFAULT : ENOMEM;
    CHECK_FAILS(msync(at, 3 * kPage, MS_SYNC), hole);
    CHECK_FAILS(msync(at + kPage, kPage, MS_SYNC), hole);
    unmap(at, 3);
}

// personality ---------------------------------------------------------------------------------------------

constexpr long kCompatLayout = 0x0200000, kReadImpliesExec = 0x0400000;

void reading_can_imply_executing() {
    const long old = syscall(__NR_personality, 0xFFFFFFFFul);
    CHECK_EQ(syscall(__NR_personality, old | kReadImpliesExec), old);
    char* at = new_area(1);
    load("/proc/self/maps");
    char line[16];
    snprintf(line, sizeof line, "%08lx-", reinterpret_cast<unsigned long>(at));
    const char* found = strstr(text, line);
    CHECK(found && strncmp(found + 18, "rwxp", 4) == 0);
    CHECK_EQ(mprotect(at, kPage, PROT_READ), 0);
    load("/proc/self/maps");
    found = strstr(text, line);
    CHECK(found && strncmp(found + 18, "r-xp", 4) == 0);
    CHECK_EQ(syscall(__NR_personality, old), old | kReadImpliesExec);
    unmap(at, 1);
}

/// exec with the old layout: maps go up from a third of the user space.
void the_old_layout_can_be_asked_for() {
    if (!on_this_kernel()) return;  // a kernel of 64 bits lays out otherwise
    CHECK_EQ(failures_in_child([] {
                 syscall(__NR_personality, kCompatLayout);
                 char* const argv[] = {const_cast<char*>("mm_advice"), const_cast<char*>("up"), nullptr};
                 execve("/proc/self/exe", argv, environ);
                 _exit(99);
             }),
             0);
}

int bottom_up() {
    CHECK_EQ(syscall(__NR_personality, 0xFFFFFFFFul), kCompatLayout);
    const bool vdso_is_an_area = since_2_6_28();                 // the first one of all
    const unsigned long early_page = is_2_4() ? 0 : 0xFFFFE000;  // 2.4 has none
    CHECK_EQ(getauxval(AT_SYSINFO_EHDR), vdso_is_an_area ? 0x40000000 : early_page);
    CHECK(new_area(1) == reinterpret_cast<char*>(vdso_is_an_area ? 0x40001000 : 0x40000000));
    return failed_checks;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1) return bottom_up();
    program = argv[0];
    pages_that_are_not_needed_come_back_as_zeros();
    a_private_copy_of_a_file_goes_back_to_the_file();
    shared_memory_keeps_what_one_map_does_not_need();
    a_hole_in_shared_memory_is_everybodys();
    reading_habits_split_and_merge_areas();
    what_is_not_for_children_is_not_there();
    advice_of_2_6_16_is_unknown_before();
    what_will_be_needed_is_read_now();
    bad_advice_is_refused();
    residence_is_told_page_by_page();
    bad_syncs_are_refused();
    reading_can_imply_executing();
    the_old_layout_can_be_asked_for();
    return verdict("mm_advice");
}
