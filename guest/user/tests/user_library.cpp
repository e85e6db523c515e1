// SPDX-License-Identifier: GPL-2.0-or-later
// The C library itself: text, numbers, memory, jumps, signals, vfork and threads. Also runs on a Linux host.
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

namespace {
char text[128];

const char* formatted(const char* format, ...) __attribute__((format(printf, 1, 2)));
const char* formatted(const char* format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return text;
}

void formats() {
    CHECK_TEXT(formatted("%d %i %u %x %X %o", -5, 7, 8u, 0xbeefu, 0xBEEFu, 8u), "-5 7 8 beef BEEF 10");
    CHECK_TEXT(formatted("[%5d|%-5d|%05d|%+d|% d]", 42, 42, 42, 42, 42), "[   42|42   |00042|+42| 42]");
    CHECK_TEXT(formatted("[%8.3d|%.0d|%#x|%#x]", 7, 0, 255u, 0u), "[     007||0xff|0]");
    CHECK_TEXT(formatted("%lld %llx %llu", -1234567890123ll, 0x123456789abcull, 18446744073709551615ull),
               "-1234567890123 123456789abc 18446744073709551615");
    CHECK_TEXT(formatted("%hhd %hu %ld", 300, static_cast<unsigned short>(65535), LONG_MIN),
               "44 65535 -2147483648");
    CHECK_TEXT(formatted("[%s|%6s|%-6s|%.2s|%c|%%]", "abc", "abc", "abc", "abc", 'z'),
               "[abc|   abc|abc   |ab|z|%]");
    CHECK_TEXT(formatted("[%*d|%-*d|%.*s]", 4, 1, 4, 2, 1, "xyz"), "[   1|2   |x]");
    CHECK_TEXT(formatted("%p", reinterpret_cast<void*>(0xC0000000)), "0xc0000000");
    CHECK_EQ(snprintf(text, 4, "%s", "longer"), 6);
    CHECK_TEXT(text, "lon");
    CHECK_EQ(snprintf(nullptr, 0, "%d", 12345), 5);
}

void numbers() {
    char* end = nullptr;
    CHECK_EQ(strtol("  -0x1fz", &end, 0), -31);
    CHECK_TEXT(end, "z");
    CHECK_EQ(strtoul("0777", nullptr, 0), 511);
    CHECK_EQ(strtol("none", &end, 10), 0);
    CHECK_TEXT(end, "none");
    errno = 0;
    CHECK_EQ(strtol("99999999999", nullptr, 10), LONG_MAX);
    CHECK_EQ(errno, ERANGE);
    CHECK_EQ(strtol("-2147483648", nullptr, 10), LONG_MIN);
}

void strings() {
    char buffer[100];
    memset(buffer, 'x', sizeof(buffer));
    strcpy(buffer, "0123456789");
    memmove(buffer + 2, buffer, 8);
    CHECK_TEXT(buffer, "0101234567");
    memmove(buffer, buffer + 2, 9);
    CHECK_TEXT(buffer, "01234567");
    CHECK_TEXT(strstr("tour of memory", "of"), "of memory");
    CHECK(strstr("tour", "or") == nullptr);
    CHECK_TEXT(strrchr("/bin/sh", '/'), "/sh");
    CHECK(strcmp("abc", "abd") < 0 && strncmp("abc", "abd", 2) == 0);
    char copy[77];
    for (unsigned i = 0; i < sizeof(buffer); i++)
        buffer[i] = static_cast<char>(i);
    memcpy(copy, buffer + 3, sizeof(copy));
    CHECK_EQ(memcmp(copy, buffer + 3, sizeof(copy)), 0);
    CHECK_EQ(memchr(buffer, 50, 100) == buffer + 50, 1);
}

/// Random blocks of 1 byte to 200 KiB; each keeps its own pattern until it is freed.
void allocator() {
    struct Block {
        unsigned char* at;
        size_t size;
    } blocks[64] = {};
    unsigned seed = 12345;
    for (int round = 0; round < 4000; round++) {
        seed = seed * 1103515245 + 12345;
        Block& block = blocks[(seed >> 8) % 64];
        const unsigned char pattern = static_cast<unsigned char>(&block - blocks + 1);
        for (size_t i = 0; i < block.size; i += 997)
            CHECK_EQ(block.at[i], pattern);
        if (block.at && (seed & 64)) {
            free(block.at);
            block = {};
            continue;
        }
        const size_t size = 1 + (seed >> 16) % ((seed & 15) == 0 ? 200 * 1024u : 3000u);
        block.at = static_cast<unsigned char*>(realloc(block.at, size));
        CHECK(block.at != nullptr && reinterpret_cast<size_t>(block.at) % 16 == 0);
        if (!block.at) return;
        block.size = size;
        memset(block.at, pattern, size);
    }
    for (Block& block : blocks)
        free(block.at);
    char* large[16];
    for (char*& block : large)
        block = static_cast<char*>(malloc(100 * 1024));
    const char* high = static_cast<char*>(sbrk(0));
    for (char* block : large)
        free(block);
    CHECK(high - static_cast<char*>(sbrk(0)) > 1024 * 1024);
    CHECK(malloc(0) != nullptr);
    CHECK(calloc(0x10000, 0x10000) == nullptr);
}

jmp_buf place;
int jump_from(int depth) {
    if (depth == 0) longjmp(place, 7);
    return depth + (depth == 1000 ? 0 : jump_from(depth - 1));
}

void jumps() {
    const int value = setjmp(place);
    if (value == 0) jump_from(20);
    CHECK_EQ(value, 7);
}

volatile int caught;
void* volatile fault_address;
void on_fault(int, siginfo_t* info, void*) {
    caught = caught + 1;
    fault_address = info->si_addr;
    mprotect(info->si_addr, 4096, PROT_READ | PROT_WRITE);
}
void on_user_signal(int signal) {
    caught = caught + signal;
}

void signals() {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO;
    CHECK_EQ(sigaction(SIGSEGV, &action, nullptr), 0);
    char* page = static_cast<char*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    *const_cast<volatile char*>(page) = 'x';  // here, not when the compiler likes
    CHECK_EQ(caught, 1);
    CHECK(fault_address == page && *page == 'x');
    signal(SIGUSR1, on_user_signal);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(caught, 1 + SIGUSR1);
    signal(SIGSEGV, SIG_DFL);
}

void children() {
    volatile int shared = 1;
    pid_t pid = vfork();
    if (pid == 0) {
        shared = 2;
        _exit(33);
    }
    int status = 0;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 33);
    CHECK_EQ(shared, 2);
    pid = fork();
    if (pid == 0) {
        shared = 5;
        raise(SIGKILL);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_EQ(shared, 2);
    CHECK_FAILS(waitpid(-1, &status, 0), ECHILD);
}

int thread_function(void* argument) {
    *static_cast<int*>(argument) += 40;
    return 3;
}

void threads() {
    alignas(16) static char stack[16384];
    int value = 2;
    const int pid =
        clone(thread_function, stack + sizeof(stack), CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD, &value);
    int status = 0;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 3 << 8);
    CHECK_EQ(value, 42);
}
}  // namespace

int main(int argc, char** argv) {
    CHECK(argc >= 1 && argv[argc] == nullptr);
    CHECK_EQ(getauxval(AT_PAGESZ), 4096);
    CHECK_EQ(getauxval(AT_PHENT), 32);
    formats();
    numbers();
    strings();
    allocator();
    jumps();
    signals();
    children();
    threads();
    return verdict("user_library");
}
