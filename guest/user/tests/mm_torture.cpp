// SPDX-License-Identifier: GPL-2.0-or-later
// All calls of memory management mixed, by several processes at a time, each checking every page it owns.
// Workers run in batches; between two batches nobody is on his way through the kernel, and the host is told
// by a checkpoint. Words of the kernel's command line: torture=SECONDS of virtual time (1), seed=NUMBER (1),
// workers=NUMBER (4), steps=NUMBER of each worker (60), ballast=PAGES of each worker (0), swap=1: /dev/hda is
// a swap area.
#include <fcntl.h>

#include "tests/check.h"
#include "tests/edition.h"
#include "tests/parameter.h"
#include "tests/torture_views.h"

namespace {

using namespace torture;

constexpr unsigned kMaxWorkers = 16;
unsigned steps;  // of each worker

void step(worker& w) {
    constexpr void (*kOperations[])(worker&) = {
        map_region,   map_region,   write_pages,      write_pages,     write_pages,     unmap_part,
        protect_part, protect_part, remap_region,     advise_part,     lock_part,       look_at_part,
        move_break,   grow_stack,   fault_on_purpose, use_shared_view, use_shared_view, use_file,
        use_file,     use_buffer,   use_screen,       use_shadow,      use_aio,         use_segment};
    const unsigned choice = w.random.below(100);
    if (choice < 3) return fork_child(w);
    if (choice < 4) return fork_viewer(w);
    if (choice < 6) return run_program(w);
    if (choice < 9) return run_thread(w);
    if (choice < 17) {
        sched_yield();
        return;
    }
    kOperations[w.random.below(sizeof kOperations / sizeof kOperations[0])](w);
}

/// Pages that a worker owns besides its regions, to make memory scarce: each says its number.
struct ballast {
    volatile unsigned* at;
    unsigned pages;
    void load(unsigned count) {
        pages = count;
        void* memory = mmap(nullptr, count * kPage, kReadWrite, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        at = static_cast<unsigned*>(memory);
        for (unsigned i = 0; i < pages; i++)
            at[i * (kPage / 4)] = i + 1;
        if (pages) sched_yield();
    }
    void check(unsigned page) const { REQUIRE(at[page * (kPage / 4)] == page + 1); }
};
unsigned ballast_pages;

[[noreturn]] void work(unsigned seed, unsigned number) {
    static worker w;
    static ballast weight;
    w.random = {seed};
    worker_number = number;
    if (ballast_pages) weight.load(ballast_pages);
    for (unsigned i = 0; i < steps && broken == 0; i++) {
        step(w);
        if (i % 8 == 0) verify(w);
        if (weight.pages) weight.check(w.random.below(weight.pages));
    }
    verify(w);
    check_view(shared_view);
    check_view(file_view);
    for (unsigned i = 0; i < weight.pages; i++)
        weight.check(i);
    if (w.random.below(2)) unmap_all(w);  // else exit has it to do
    if (broken != 0) printf("  torture_ops.h or torture_views.h, line %d: seed %u\n", broken, seed);
    _exit(broken == 0 ? 0 : 1);
}

void read_file_words() {
    const int fd = open(kFile, O_RDONLY);
    CHECK(fd >= 0);
    for (unsigned i = 0; i < kFilePages; i++) {
        lseek(fd, static_cast<off_t>(i * kPage + kWordOffset), SEEK_SET);
        CHECK_EQ(read(fd, &file_word[i], sizeof file_word[i]), sizeof file_word[i]);
    }
    close(fd);
}

void tell_host() {
    const int fd = open("/dev/checkpoint", O_WRONLY);
    if (fd < 0) return;
    CHECK_EQ(write(fd, "100", 3), 3);
    close(fd);
}

void batch(unsigned seed, unsigned workers) {
    pid_t pids[kMaxWorkers];
    for (unsigned i = 0; i < workers; i++) {
        pids[i] = fork();
        if (pids[i] == 0) work(seed + i * 7919, i);
        CHECK(pids[i] > 0);
    }
    for (unsigned i = 0; i < workers; i++) {
        int status = -1;
        if (pids[i] > 0) CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
        CHECK_EQ(status, 0);
    }
    usleep(20000);  // the dead leave the processor
    tell_host();
}

/// Files are on a disk if one is there that takes them.
void choose_folder() {
    const int fd = open("/mnt/torture", O_RDWR | O_CREAT, 0600);
    if (fd < 0) return;
    close(fd);
    CHECK_EQ(unlink("/mnt/torture"), 0);
    file_folder = "/mnt";
}

/// What pid 1 has all the time, so that it is there, too, when nobody is on his way through the kernel: a
/// ring of events, a driver's pages (which the workers inherit), a listener.
void keep_attachments() {
    static unsigned long handle;
    if (!is_2_4()) CHECK_EQ(syscall(__NR_io_setup, 300, &handle), 0);
    const int fd = open("/dev/buffer", O_RDWR);
    void* at = mmap(nullptr, 4 * kPage, kReadWrite, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    close(fd);
    for (unsigned i = 0; i < 4; i++)
        *word_at(static_cast<char*>(at), i) = i;
    constexpr unsigned kAttach = 0x5301;
    if (since_2_6_28()) CHECK_EQ(ioctl(open("/dev/shadow", O_RDONLY), kAttach, getpid()), 0);
}

unsigned long free_pages() {
    unsigned long info[16] = {};
    CHECK_EQ(__syscall(116, reinterpret_cast<long>(info)), 0);
    return info[5] / 4096;
}

long swapped_out() {
    static char text[4096];
    const int fd = open("/proc/vmstat", O_RDONLY);
    const long length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    const char* at = strstr(text, "pswpout ");
    return at ? strtol(at + 8, nullptr, 10) : -1;
}

}  // namespace

int main() {
    struct sigaction action = {};
    action.sa_handler = on_fault;
    action.sa_flags = static_cast<int>(SA_NODEFER);
    CHECK_EQ(sigaction(SIGSEGV, &action, nullptr), 0);
    const long seconds = parameter("torture=", 1);
    const unsigned workers = parameter("workers=", 4) % (kMaxWorkers + 1);
    unsigned seed = parameter("seed=", 1);
    steps = parameter("steps=", 60);
    ballast_pages = parameter("ballast=", 0);
    read_file_words();
    choose_folder();
    keep_attachments();
    const bool swapping = parameter("swap=", 0);
    if (swapping) CHECK_EQ(__syscall(87, reinterpret_cast<long>("/dev/hda"), 0), 0);
    const long start = seconds_now();
    batch(seed++, workers);  // fills the caches
    const unsigned long before = free_pages();
    do
        batch(seed++, workers);
    while (failed_checks == 0 && seconds_now() - start < seconds);
    // What was swapped out of the cache of programs stays out.
    const long lost = swapping ? 0 : static_cast<long>(before - free_pages());
    CHECK(lost <= 8);
    if (lost > 8) printf("  %ld pages are lost\n", lost);
    if (swapping) CHECK(swapped_out() > 0);
    return verdict("mm_torture");
}
