// SPDX-License-Identifier: GPL-2.0-or-later
// What a worker of mm_torture believes of its own mappings, page by page, so that each can be held against
// the truth.
#pragma once

#include <stdlib.h>
#include <sys/mman.h>

namespace torture {

constexpr unsigned kPage = 4096, kMaxPages = 48, kRegions = 10, kFilePages = 4;
constexpr unsigned kWordOffset = 8;  // of the word of each page that is written and checked

struct generator {
    unsigned state;
    unsigned next() {
        state = state * 1664525 + 1013904223;
        return state >> 8;
    }
    unsigned below(unsigned limit) { return next() % limit; }
};

enum class backing : unsigned char { anon, shared, file };
struct page_belief {
    bool mapped;
    unsigned char prot;  // PROT_*
    unsigned value;      // the word at kWordOffset
};
/// One mmap and what became of it. `pages` is 0 for a free slot.
struct region {
    char* at;
    unsigned pages;
    backing kind;
    page_belief page[kMaxPages];
};

/// A part of a region: `count` pages from `first` on.
struct part {
    region* in;
    unsigned first, count;
    [[nodiscard]] char* address() const { return in->at + first * kPage; }
    [[nodiscard]] unsigned long length() const { return static_cast<unsigned long>(count) * kPage; }
    template <class Condition>
    [[nodiscard]] bool all(Condition condition) const {
        for (unsigned i = first; i < first + count; i++) {
            if (!condition(in->page[i])) return false;
        }
        return true;
    }
    [[nodiscard]] bool mapped() const {
        return all([](const page_belief& p) { return p.mapped; });
    }
};

struct worker {
    generator random;
    region regions[kRegions];
    unsigned serial;  // values are never written twice

    unsigned fresh_value() { return ++serial * 2654435761u | 1; }
    /// A region in use, or null.
    region* pick() {
        for (unsigned tries = 0; tries < 4; tries++) {
            region* r = &regions[random.below(kRegions)];
            if (r->pages) return r;
        }
        return nullptr;
    }
    region* free_slot() {
        for (region& r : regions) {
            if (!r.pages) return &r;
        }
        return nullptr;
    }
    part pick_part(region* r) {
        const unsigned first = random.below(r->pages);
        return {r, first, 1 + random.below(r->pages - first)};
    }
};

/// What the file shows in each of its first pages.
inline unsigned file_word[kFilePages];
/// The first thing that was wrong, as a line of the program; 0: nothing.
inline int broken;
inline void require(bool holds, int line) {
    if (!holds && broken == 0) broken = line;
}
#define REQUIRE(condition) torture::require((condition), __LINE__)

inline volatile unsigned* word_of(const region& r, unsigned page) {
    return reinterpret_cast<volatile unsigned*>(r.at + page * kPage + kWordOffset);
}

/// The word of every page that may be read, against belief.
inline void verify(const worker& w) {
    for (const region& r : w.regions) {
        for (unsigned i = 0; i < r.pages; i++) {
            const page_belief& p = r.page[i];
            if (p.mapped && (p.prot & PROT_READ)) REQUIRE(*word_of(r, i) == p.value);
        }
    }
}

}  // namespace torture
