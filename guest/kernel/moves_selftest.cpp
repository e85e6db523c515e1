// SPDX-License-Identifier: GPL-2.0-or-later
// Boot-time check of the block moves in lib/mem.S: every length around their unrolled steps, every alignment,
// both directions of an overlap, and not one byte outside.
#include "kernel/boot.h"
#include "kernel/printk.h"
#include "lib/string.h"

namespace {

constexpr size_t AREA = 160, MARGIN = 20;
u8 source[AREA], target[AREA];

u8 pattern(size_t i) {
    return static_cast<u8>(i * 37 + 11);
}

void require(bool condition, const char* function, size_t count, size_t from, size_t to) {
    if (!condition) panic("moves_selftest: %s of %zu bytes from %zu to %zu", function, count, from, to);
}

void prepare() {
    for (size_t i = 0; i < AREA; i++) {
        source[i] = pattern(i);
        target[i] = 0xEE;
    }
}

/// [at, at + count) of `area` continues as the pattern does from `from`; its neighbours are untouched.
bool is_moved(const u8* area, size_t at, size_t count, size_t from) {
    for (size_t i = 0; i < count; i++) {
        if (area[at + i] != pattern(from + i)) return false;
    }
    const bool same = area == source;
    return area[at - 1] == (same ? pattern(at - 1) : 0xEE) &&
           area[at + count] == (same ? pattern(at + count) : 0xEE);
}

bool is_filled(size_t at, size_t count, u8 byte) {
    for (size_t i = 0; i < count; i++) {
        if (target[at + i] != byte) return false;
    }
    return target[at - 1] == 0xEE && target[at + count] == 0xEE;
}

void check_length(size_t count, size_t from, size_t to) {
    prepare();
    require(memcpy(target + to, source + from, count) == target + to && is_moved(target, to, count, from),
            "memcpy", count, from, to);
    require(memmove(source + to, source + from, count) == source + to && is_moved(source, to, count, from),
            "memmove", count, from, to);
    prepare();
    require(memmove(source + from, source + to, count) == source + from && is_moved(source, from, count, to),
            "memmove", count, to, from);
    require(memset(target + to, 0x5A, count) == target + to && is_filled(to, count, 0x5A), "memset", count, 0,
            to);
}

}  // namespace

void moves_selftest() {
    constexpr size_t lengths[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 36, 39, 63, 64, 65, 68, 100};
    for (const size_t count : lengths) {
        for (size_t shift = 0; shift < 4; shift++)
            check_length(count, MARGIN, MARGIN + shift + 1);
    }
}
