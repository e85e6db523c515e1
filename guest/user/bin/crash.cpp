// SPDX-License-Identifier: GPL-2.0-or-later
// crash: a child with two threads dies by a fault a few calls deep; its core file goes to the standard
// output, as lines of 32 bytes in hexadecimal behind their offset. Lines of zeros are left out.
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// What a debugger is to find.
struct parcel {
    int weight;
    const char* address;
};
volatile int sentinel = 0x5EED1234;
volatile double measured = 2.5;

__attribute__((noinline)) int third(volatile int* where, int depth) {
    *where = depth;  // the fault
    return depth + sentinel;
}
__attribute__((noinline)) int second(const parcel* p, int depth) {
    const int result = third(reinterpret_cast<volatile int*>(p->weight), depth + 1);
    return result + p->weight;
}
__attribute__((noinline)) int first(const char* word) {
    measured = measured * 3;
    const parcel p = {static_cast<int>(strlen(word)), word};
    return second(&p, 41) + p.weight;
}
__attribute__((noinline)) int wait_for_the_end(void* argument) {
    for (;;)
        usleep(1000000);
    return argument != nullptr;
}

static void child() {
    const rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &all);
    constexpr int THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    clone(wait_for_the_end, static_cast<char*>(malloc(16384)) + 16384, THREAD, nullptr);
    usleep(50000);
    _exit(first("sixteen letters!"));
}

static void print_line(long offset, const unsigned char* bytes, int count) {
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum |= bytes[i];
    if (sum == 0) return;
    printf("%lx:", offset);
    for (int i = 0; i < count; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

int main() {
    if (chdir("/tmp") != 0) return 1;
    const pid_t pid = fork();
    if (pid == 0) child();
    int status = 0;
    waitpid(pid, &status, 0);
    char name[32];
    snprintf(name, sizeof name, "core.%d", pid);
    const int fd = open(name, O_RDONLY);
    printf("status %x, %s of %ld bytes\n", static_cast<unsigned>(status),
           fd >= 0 ? "a core file" : "no core file", static_cast<long>(lseek(fd, 0, SEEK_END)));
    if (fd < 0) return 1;
    lseek(fd, 0, SEEK_SET);
    unsigned char bytes[32];
    int got;
    for (long offset = 0; (got = static_cast<int>(read(fd, bytes, sizeof bytes))) > 0; offset += got)
        print_line(offset, bytes, got);
    printf("end of the core file\n");
    return 0;
}
