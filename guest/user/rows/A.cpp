// SPDX-License-Identifier: GPL-2.0-or-later
// Rows A: mmap and munmap.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

constexpr int kReadWrite = PROT_READ | PROT_WRITE;
constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
char* const kArena = reinterpret_cast<char*>(0x50000000);
constexpr const char* kFile = "/share/pages.txt";

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

int open_file(int mode = O_RDONLY) {
    const int fd = open(kFile, mode);
    CHECK(fd >= 0);
    return fd;
}

/// mmap as the kernel takes it: the offset counts pages.
long raw_mmap(unsigned long address, size_t length, int protection, int flags, int fd, unsigned long page) {
    return syscall(__NR_mmap2, address, length, protection, flags, fd, page);
}

}  // namespace

ROW(A01_total_vm_follows_what_is_mapped) {
    tell_self();
    checkpoint(1);
    volatile char* area = map(37, kReadWrite);
    checkpoint(2);
    unmap(area, 37);
    checkpoint(3);
}

ROW(A02_a_fixed_mapping_replaces_what_was_there) {
    tell_self();
    volatile char* first = map_at(kArena, 4, kReadWrite);
    map_at(kArena + 5 * kPage, 3, PROT_READ);
    touch(first, 4);
    checkpoint(1);
    map_at(kArena + 2 * kPage, 5, PROT_READ | PROT_EXEC);
    checkpoint(2);
    CHECK_EQ(first[kPage], 2);
    CHECK_EQ(first[2 * kPage], 0);
}

ROW(A03_two_adjacent_equal_mappings_are_one_area) {
    tell_self();
    checkpoint(1);
    map_at(kArena, 2, kReadWrite);
    map_at(kArena + 2 * kPage, 3, kReadWrite);
    checkpoint(2);
}

ROW(A04_unmapping_the_middle_leaves_two_areas) {
    tell_self();
    map_at(kArena, 5, kReadWrite);
    map_at(kArena + 16 * kPage, 3, PROT_READ, MAP_PRIVATE, open_file());
    checkpoint(1);
    unmap(kArena + kPage, 2);
    unmap(kArena + 17 * kPage, 1);
    checkpoint(2);
}

ROW(A05_unmapping_an_end_moves_the_border) {
    tell_self();
    map_at(kArena, 4, PROT_READ, MAP_PRIVATE, open_file());
    map_at(kArena + 16 * kPage, 4, kReadWrite);
    checkpoint(1);
    unmap(kArena, 1);
    unmap(kArena + 19 * kPage, 1);
    checkpoint(2);
}

ROW(A06_a_shared_mapping_of_a_file_that_may_only_be_read) {
    tell_self();
    const int fd = open_file();
    volatile char* area = map(1, PROT_READ, MAP_SHARED, fd);
    tell("area", area);
    CHECK_FAILS(reinterpret_cast<long>(mmap(nullptr, kPage, kReadWrite, MAP_SHARED, fd, 0)), EACCES);
    CHECK_FAILS(mprotect(const_cast<char*>(area), kPage, kReadWrite), EACCES);
    checkpoint(1);
}

ROW(A07_the_rights_of_pages_follow_from_the_flags) {
    tell_self();
    for (int protection = 0; protection < 8; protection++) {
        map_at(kArena + static_cast<size_t>(protection) * 2 * kPage, 1, protection);
        map_at(kArena + static_cast<size_t>(protection + 8) * 2 * kPage, 1, protection,
               MAP_SHARED | MAP_ANONYMOUS);
    }
    checkpoint(1);
}

ROW(A08_a_file_mapping_knows_its_file_and_page) {
    tell_self();
    tell("file", map(2, PROT_READ, MAP_PRIVATE, open_file(), 5));
    tell("anonymous", map(2, PROT_READ));
    checkpoint(1);
}

ROW(A11_wrong_arguments_of_mmap_change_nothing) {
    tell_self();
    const int fd = open_file(), directory = open("/share", O_RDONLY),
              device = open("/dev/checkpoint", O_WRONLY),
              write_only = open("/tmp/write_only", O_WRONLY | O_CREAT, 0600);
    checkpoint(1);
    const bool late = since_2_6_28();
    if (late) {
        CHECK_FAILS(raw_mmap(0, 0, PROT_READ, kAnonymous, -1, 0), EINVAL);
    } else {
        CHECK_EQ(raw_mmap(0x50000000, 0, PROT_READ, kAnonymous, -1, 0), 0x50000000);  // nothing, there
    }
    CHECK_FAILS(raw_mmap(0x50000123, kPage, PROT_READ, kAnonymous | MAP_FIXED, -1, 0), EINVAL);
    CHECK_FAILS(raw_mmap(0, kPage, PROT_READ, 0, fd, 0), EINVAL);
    CHECK_FAILS(raw_mmap(0, 0xC0001000, PROT_READ, kAnonymous, -1, 0), late ? ENOMEM : EINVAL);
    if (is_2_4()) {  // no pages, again
        CHECK_EQ(raw_mmap(0x50000000, 0xFFFFF001, PROT_READ, kAnonymous, -1, 0), 0x50000000);
    } else {
        CHECK_FAILS(raw_mmap(0, 0xFFFFF001, PROT_READ, kAnonymous, -1, 0), late ? ENOMEM : EINVAL);
    }
    CHECK_FAILS(raw_mmap(0xBFFFF000, 2 * kPage, PROT_READ, kAnonymous | MAP_FIXED, -1, 0),
                is_edition("2.4.0") ? EINVAL : ENOMEM);
    CHECK_FAILS(raw_mmap(0, 2 * kPage, PROT_READ, MAP_PRIVATE, fd, 0xFFFFFFFF), late ? EOVERFLOW : EINVAL);
    CHECK_FAILS(raw_mmap(0, kPage, PROT_READ, MAP_PRIVATE, 99, 0), EBADF);
    CHECK_FAILS(raw_mmap(0, kPage, PROT_READ, MAP_PRIVATE, directory, 0), ENODEV);
    CHECK_FAILS(raw_mmap(0, kPage, PROT_READ, MAP_PRIVATE, write_only, 0), EACCES);
    CHECK_FAILS(raw_mmap(0, kPage, PROT_READ, MAP_PRIVATE, device, 0), late ? EACCES : ENODEV);
    if (is_edition("2.4.0")) {  // takes memory of no type, and files that grow; a hint has to leave room
        CHECK_FAILS(raw_mmap(0xBFFFF000, 2 * kPage, PROT_READ, kAnonymous, -1, 0), EINVAL);
        const long plain = raw_mmap(0, kPage, PROT_READ, MAP_ANONYMOUS, -1, 0);
        CHECK_EQ(munmap(reinterpret_cast<void*>(plain), kPage), 0);
        const long growing = raw_mmap(0, kPage, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0);
        CHECK_EQ(growing, plain);
        CHECK_EQ(munmap(reinterpret_cast<void*>(growing), kPage), 0);
    } else {
        CHECK_FAILS(raw_mmap(0, kPage, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
        CHECK_FAILS(raw_mmap(0, kPage, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0), EINVAL);
    }
    CHECK_FAILS(raw_mmap(0, kPage, kReadWrite, MAP_SHARED, fd, 0), EACCES);
    CHECK_FAILS(munmap(kArena + 1, kPage), EINVAL);
    CHECK_FAILS(munmap(kArena, 0), EINVAL);
    CHECK_FAILS(munmap(reinterpret_cast<char*>(0xBFFFF000), 2 * kPage), EINVAL);
    checkpoint(2);
}

ROW(A12_the_limit_of_the_space_holds) {
    tell_self();
    map(1, kReadWrite);
    rlimit limit = {0, RLIM_INFINITY};
    limit.rlim_cur = 64 * kPage;
    rlimit old;
    CHECK_EQ(getrlimit(RLIMIT_AS, &old), 0);
    limit.rlim_max = old.rlim_max;
    CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
    checkpoint(1);
    CHECK_FAILS(reinterpret_cast<long>(mmap(nullptr, 65 * kPage, PROT_READ, kAnonymous, -1, 0)), ENOMEM);
    CHECK_FAILS(brk(static_cast<char*>(sbrk(0)) + 65 * kPage), ENOMEM);
    checkpoint(2);
}

ROW(A14_page_tables_come_and_go_with_their_slots) {
    tell_self();
    checkpoint(1);
    for (size_t i = 0; i < 3; i++)
        touch(map_at(kArena + i * kSlot, 1, kReadWrite), 1);
    checkpoint(2);
    for (size_t i = 0; i < 3; i++)
        unmap(kArena + i * kSlot, 1);
    checkpoint(3);
}
