// SPDX-License-Identifier: GPL-2.0-or-later
// A file that is cut short under its mappings: whoever shows the lost part, wherever and in whichever
// process, loses it, private copies too; what is left stays as it was, and new length is zeros.
#include <signal.h>
#include <sys/stat.h>

#include "tests/mm_probe.h"

namespace {
using namespace probe;

constexpr size_t kPages = 8, kLeft = 2, kRest = 100;  // pages that stay whole, and bytes of the next one
constexpr int kRead = PROT_READ, kBoth = PROT_READ | PROT_WRITE;

char* show(int fd, int protection, int flags, size_t first, size_t pages) {
    void* at = mmap(nullptr, pages * kPage, protection, flags, fd, static_cast<off_t>(first * kPage));
    CHECK(at != MAP_FAILED);
    return static_cast<char*>(at);
}

/// The signal that a child dies of when it reads there; 0: none.
int fate_of_reader(const volatile char* at) {
    const pid_t pid = fork();
    if (pid == 0) {
        (void)*at;
        _exit(0);
    }
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

int new_file() {
    const int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, static_cast<off_t>(kPages * kPage)), 0);
    char* at = show(fd, kBoth, MAP_SHARED, 0, kPages);
    for (size_t page = 0; page < kPages; page++)
        memset(at + page * kPage, static_cast<int>('a' + page), kPage);
    CHECK_EQ(munmap(at, kPages * kPage), 0);
    return fd;
}

void cut(int fd) {
    CHECK_EQ(ftruncate(fd, static_cast<off_t>(kLeft * kPage + kRest)), 0);
}
void grow_back(int fd) {
    CHECK_EQ(ftruncate(fd, static_cast<off_t>(kPages * kPage)), 0);
}

void every_mapping_loses_the_part() {
    const int fd = new_file();
    char *whole = show(fd, kBoth, MAP_SHARED, 0, kPages), *tail = show(fd, kRead, MAP_SHARED, 5, 3);
    char *head = show(fd, kRead, MAP_PRIVATE, 0, 2), *across = show(fd, kRead, MAP_PRIVATE, 1, 4);
    CHECK_EQ(whole[2 * kPage], 'c');
    CHECK_EQ(tail[2 * kPage], 'h');
    CHECK_EQ(head[kPage], 'b');
    CHECK_EQ(across[3 * kPage], 'e');
    cut(fd);
    CHECK_EQ(head[kPage], 'b');
    CHECK_EQ(whole[kLeft * kPage], 'c');
    CHECK_EQ(whole[kLeft * kPage + kRest - 1], 'c');
    CHECK_EQ(whole[kLeft * kPage + kRest], 0);
    CHECK_EQ(across[kPage + kRest], 0);
    CHECK_EQ(fate_of_reader(whole + (kLeft + 1) * kPage), SIGBUS);
    CHECK_EQ(fate_of_reader(tail), SIGBUS);
    CHECK_EQ(fate_of_reader(across + 3 * kPage), SIGBUS);
    CHECK_EQ(fate_of_reader(across + kPage), 0);
    grow_back(fd);
    CHECK_EQ(whole[(kPages - 1) * kPage], 0);
    CHECK_EQ(tail[0], 0);
    CHECK_EQ(across[3 * kPage], 0);
    close(fd);
}

void private_copies_go_too() {
    const int fd = new_file();
    char* own = show(fd, kBoth, MAP_PRIVATE, 0, kPages);
    own[kPage] = 'X';
    own[kLeft * kPage] = 'Y';
    own[6 * kPage] = 'Z';
    cut(fd);
    CHECK_EQ(own[kPage], 'X');
    CHECK_EQ(own[kLeft * kPage], 'Y');  // partly in the file: nothing of a copy is cleared
    CHECK_EQ(own[kLeft * kPage + kRest], 'c');
    CHECK_EQ(fate_of_reader(own + 6 * kPage), SIGBUS);
    grow_back(fd);
    CHECK_EQ(own[6 * kPage], 0);
    close(fd);
}

volatile int* turn;

void wait_for_turn(int wanted) {
    while (*turn != wanted)
        usleep(1000);
}

/// What another process maps, one that sleeps meanwhile.
void other_processes_lose_it() {
    turn = reinterpret_cast<int*>(show(-1, kBoth, MAP_SHARED | MAP_ANONYMOUS, 0, 1));
    const int fd = new_file();
    char* at = show(fd, kRead, MAP_SHARED, 0, kPages);
    const pid_t pid = fork();
    if (pid == 0) {
        failed_checks = at[4 * kPage] != 'e';
        *turn = 1;
        wait_for_turn(2);
        failed_checks += fate_of_reader(at + 4 * kPage) != SIGBUS;
        failed_checks += at[kPage] != 'b';
        _exit(failed_checks);
    }
    wait_for_turn(1);
    cut(fd);
    *turn = 2;
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    close(fd);
}

}  // namespace

int main() {
    constexpr char kPlace[] = "/tmp/mmscope_mm_truncate";
    CHECK_EQ(mkdir(kPlace, 0755), 0);
    CHECK_EQ(chdir(kPlace), 0);
    every_mapping_loses_the_part();
    private_copies_go_too();
    other_processes_lose_it();
    CHECK_EQ(unlink("file"), 0);
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(rmdir(kPlace), 0);
    return verdict("mm_truncate");
}
