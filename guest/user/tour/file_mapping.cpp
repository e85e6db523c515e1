// SPDX-License-Identifier: GPL-2.0-or-later
// A private mapping of a file: pages come from the page cache, writes stay private.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/edition.h"
#include "tour/tour.h"

namespace {
constexpr char kFile[] = "/share/pages.txt";
constexpr size_t kPages = 4;  // three pages and a half
volatile char sum;

char* map_file(int fd, size_t pages) {
    void* start = mmap(nullptr, pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (start != MAP_FAILED) return static_cast<char*>(start);
    perror("tour: mmap of a file");
    exit(1);
}

Counters read_mapping(const char* memory) {
    const Counters before = count();
    for (size_t i = 0; i < kPages; i++)
        sum = *static_cast<const volatile char*>(memory + i * kPage);
    return count() - before;
}

/// Pages that nobody has read yet come from the file: major faults. The cache grows by as many.
void read_twice(int fd) {
    char* memory = map_file(fd, kPages);
    Counters c = read_mapping(memory);
    did("read its 4 pages", "%ld major faults, %ld minor, page cache %+ld pages", c.major, c.minor, c.cached);
    expect("major faults are pages that came into the cache", c.major, c.cached);
    expect("faults", c.major + c.minor, kPages);
    expect("mappings of cached pages", c.file_mapped, kPages);
    unmap_pages(memory, kPages);
    memory = map_file(fd, kPages);
    c = read_mapping(memory);
    did("map and read it again", "%ld major faults, %ld minor: the pages were in the cache", c.major,
        c.minor);
    const long counted_as_major = is_2_4() ? kPages : 0;  // whatever a file gives, there
    expect("major faults", c.major, counted_as_major);
    expect("minor faults", c.minor, kPages - counted_as_major);
    unmap_pages(memory, kPages);
}

void write_privately(int fd, char* memory) {
    char on_disk[8] = {};
    const Counters before = count();
    memcpy(memory + kPage, "private", 7);
    const Counters c = count() - before;
    lseek(fd, kPage, SEEK_SET);
    read(fd, on_disk, 7);
    did("write to its second page", "%ld page copied; mapping says \"%.7s\", file says \"%.7s\"", c.copied,
        memory + kPage, on_disk);
    expect("pages copied", c.copied, 1);
    expect("the file is unchanged", memcmp(on_disk, "page 1,", 7), 0);
}

jmp_buf after_fault;
int bus_code;
void on_bus_error(int, siginfo_t* info, void*) {
    bus_code = info->si_code;
    longjmp(after_fault, 1);
}

/// The last page is zero behind the file's end; the page behind it does not exist.
void read_behind_the_end(const char* memory, size_t file_size) {
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGBUS, &action, nullptr);
    long nonzero = 0;
    for (size_t i = file_size; i < kPages * kPage; i++)
        nonzero += memory[i] != 0;
    if (setjmp(after_fault) == 0) sum = *static_cast<const volatile char*>(memory + kPages * kPage);
    did("read behind its end", "rest of the last page: zeros; next page: SIGBUS, code %d", bus_code);
    expect("bytes behind the end that are not zero", nonzero, 0);
    expect("si_code", bus_code, BUS_ADRERR);
    signal(SIGBUS, SIG_DFL);
}
}  // namespace

void file_mapping() {
    title("A private file mapping");
    note("Pages of a file come into memory at the first touch and stay in the page cache; a");
    note("private mapping shows them read-only and copies a page when it is written.");
    const int fd = open(kFile, O_RDONLY);
    struct stat status {};
    if (fd < 0 || fstat(fd, &status) < 0) {
        perror(kFile);
        exit(1);
    }
    did("open the file", "%s, %lld bytes", kFile, static_cast<long long>(status.st_size));
    read_twice(fd);
    char* memory = map_file(fd, kPages + 1);
    read_mapping(memory);
    write_privately(fd, memory);
    read_behind_the_end(memory, static_cast<size_t>(status.st_size));
    show_maps(memory, memory + (kPages + 1) * kPage);
    unmap_pages(memory, kPages + 1);
    close(fd);
}
