// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of swapping have in common: patterned memory, and the kernel's own numbers and checks.
#pragma once

#include <sys/mman.h>
#include <sys/swap.h>

#include "tests/mm_probe.h"

namespace probe {

constexpr const char* kSwapDisk = "/dev/hda";
constexpr size_t kMiB = 1u << 20;

inline unsigned char* memory(size_t bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    return static_cast<unsigned char*>(at);
}

/// A value for each word that says where it belongs and who wrote it.
inline unsigned pattern(size_t word, unsigned seed) {
    const unsigned mixed = static_cast<unsigned>(word) * 2654435761u + seed * 40503u;
    return mixed ^ mixed >> 15;
}
inline void fill(void* at, size_t bytes, unsigned seed) {
    auto* words = static_cast<unsigned*>(at);
    for (size_t i = 0; i < bytes / 4; i++)
        words[i] = pattern(i, seed);
}
/// Words that are not what fill() wrote.
inline size_t wrong(const void* at, size_t bytes, unsigned seed) {
    const auto* words = static_cast<const unsigned*>(at);
    size_t bad = 0;
    for (size_t i = 0; i < bytes / 4; i++)
        bad += words[i] != pattern(i, seed);
    return bad;
}

inline long machine(const char* file, const char* name) {
    load(file);
    return number(name);
}
/// KiB of all swap areas that are in use.
inline long swap_used() {
    return machine("/proc/meminfo", "SwapTotal:") - machine("/proc/meminfo", "SwapFree:");
}
/// The kernel compares the slots' counts with the page tables and the cache.
inline void check_slots() {
    load("/proc/swapcheck");
    CHECK_TEXT(text, "ok 0\n");
}
/// The large areas are gone, and their slots with them; some of the program's own pages may still be out.
inline void check_slots_are_free_again() {
    constexpr long kOwnPages = 128;  // KiB
    for (int tries = 0; tries < 100 && swap_used() > kOwnPages; tries++)
        usleep(10'000);  // a page that was just on its way leaves its slot a moment later
    CHECK(swap_used() <= kOwnPages);
    check_slots();
}
inline bool have_disk() {
    return access(kSwapDisk, F_OK) == 0;
}

}  // namespace probe
