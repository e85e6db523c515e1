// SPDX-License-Identifier: GPL-2.0-or-later
// Work of known size for the host's benchmark: loops here, the kernel's memory management in bench/. Booted
// as init (init=/bin/bench) with bench=NAME for the part that is wanted;
// divide=N makes loops and areas N times fewer.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/bench.h"
#include "tests/parameter.h"

namespace {

using probe::kPage;

/// What a loop computed: kept, so that the compiler keeps the loop.
volatile uint32_t g_result;

/// xorshift (Marsaglia, "Xorshift RNGs", 2003) with a multiplication: registers only.
void integer(uint32_t count) {
    uint32_t x = 2463534242u, sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        sum += x * 2654435761u;
    }
    g_result = sum;
}

/// A logistic map on the x87 stack: a multiplication feeding the next.
void x87(uint32_t count) {
    double x = 0.3;
    for (uint32_t i = 0; i < count; i++)
        x = 3.7 * x * (1.0 - x);
    g_result = static_cast<uint32_t>(x * 1000000.0);
}

/// Reads and writes 1 MiB over and over: loads, stores, and a TLB entry for each page. A cache line of 64
/// bytes a round, like any library's loop over memory, so that the accesses are measured and not the
/// counting.
void memory(uint32_t count) {
    constexpr size_t kWords = (1 << 20) / sizeof(uint32_t);
    static uint32_t words[kWords];
    uint32_t sum = 0;
    for (uint32_t round = 0; round < count; round++) {
#pragma GCC unroll 16
        for (size_t i = 0; i < kWords; i++) {
            sum += words[i];
            words[i] = sum ^ static_cast<uint32_t>(i);
        }
    }
    g_result = sum;
}

void int80(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        long result;
        asm volatile("int $0x80" : "=a"(result) : "a"(__NR_getppid) : "memory");
        g_result = static_cast<uint32_t>(result);
    }
}

/// Demand-zero faults, one a page, 256 pages for each mapping and unmapping.
void fault(uint32_t count) {
    constexpr size_t kPages = 256;
    for (uint32_t done = 0; done < count; done += kPages) {
        auto* at = static_cast<char*>(
            mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (at == MAP_FAILED) _exit(1);
        for (size_t page = 0; page < kPages; page++)
            at[page * kPage] = 1;
        munmap(at, kPages * kPage);
    }
}

/// `count` VMAs: neighbours of different protection do not merge. The host decodes them at checkpoint 1000.
void vmas(uint32_t count) {
    auto* at =
        static_cast<char*>(mmap(nullptr, count * kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (at == MAP_FAILED) _exit(1);
    for (uint32_t page = 1; page < count; page += 2)
        mprotect(at + page * kPage, kPage, PROT_READ | PROT_WRITE);
    bench::checkpoint(bench::kVmas);
    munmap(at, count * kPage);
}

struct Part {
    const char* name;
    void (*run)(uint32_t count);
    uint32_t count;
};

constexpr Part kParts[] = {
    {"integer", integer, 150'000'000},
    {"x87", x87, 5'000'000},
    {"memory", memory, 400},
    {"int80", int80, 1'500'000},
    {"fault", fault, 256 * 400},
    {"vmas", vmas, 1000},
    {"operations", bench::operations, 1},
    {"swap_in", bench::swap_in, 1024},
    {"find_vma", bench::find_vma, 10'000},
    {"crowd", bench::crowd, 50},
};

/// The part named by bench=NAME on the kernel's command line; empty if there is none.
void read_selection(char (&name)[32]) {
    char line[512];
    name[0] = '\0';
    const int fd = open("/proc/cmdline", O_RDONLY);
    if (fd < 0) return;
    const ssize_t length = read(fd, line, sizeof(line) - 1);
    close(fd);
    line[length < 0 ? 0 : length] = '\0';
    const char* at = strstr(line, "bench=");
    if (at == nullptr) return;
    at += strlen("bench=");
    size_t used = 0;
    while (used + 1 < sizeof(name) && *at > ' ')
        name[used++] = *at++;
    name[used] = '\0';
}

}  // namespace

/// Runs the part that is selected; nothing if there is no such part.
int main() {
    char only[32];
    read_selection(only);
    const uint32_t divisor = parameter("divide=", 1);
    for (const Part& part : kParts) {
        if (strcmp(part.name, only) != 0) continue;
        const uint32_t share = divisor ? part.count / divisor : 0, count = share ? share : 1;
        printf("begin %s %u\n", part.name, count);
        part.run(count);
        printf("end %s\n", part.name);
    }
    return 0;
}
