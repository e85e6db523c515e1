// SPDX-License-Identifier: GPL-2.0-or-later
// Random calls on one range of addresses, against a model that knows each page by itself: is it mapped, what
// may be done to it, what does it hold, is it locked. Also runs on the host's Linux, which must agree.
#include "tests/mm_probe.h"

namespace {

using namespace probe;

constexpr unsigned kPages = 64, kCalls = 4000;
constexpr unsigned long kBase = 0x20000000;
constexpr int kFixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

struct page_model {
    bool mapped, writable, locked;
    char value;
};
page_model model[kPages];
long other_size;  // pages of the process that are not in the range

struct range {
    unsigned first, end;
};

unsigned state = 12345;
unsigned below(unsigned limit) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % limit;
}
range any_range() {
    const unsigned first = below(kPages), count = 1 + below(12);
    return {first, first + count > kPages ? kPages : first + count};
}
char* at(unsigned page) {
    return reinterpret_cast<char*>(kBase + page * kPage);
}
size_t length(const range& r) {
    return (r.end - r.first) * kPage;
}

/// The errno of a call that gave `result`, or 0.
int error_of(long result) {
    return result == -1 ? errno : 0;
}

// Each call, and what the model says to it ------------------------------------------------------------------

void map_pages() {
    const range r = any_range();
    const bool writable = below(4) != 0;
    const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    CHECK(mmap(at(r.first), length(r), protection, kFixed, -1, 0) == at(r.first));
    for (unsigned i = r.first; i < r.end; i++)
        model[i] = {.mapped = true, .writable = writable, .locked = false, .value = 0};
}

void unmap_pages() {
    const range r = any_range();
    CHECK_EQ(munmap(at(r.first), length(r)), 0);
    for (unsigned i = r.first; i < r.end; i++)
        model[i] = {};
}

/// Applies `change` up to the first page that is not mapped; what the call has to return.
template <class Change>
int until_gap(const range& r, Change change, int at_gap = ENOMEM) {
    for (unsigned i = r.first; i < r.end; i++) {
        if (!model[i].mapped) return at_gap;
        change(model[i]);
    }
    return 0;
}

void protect_pages() {
    const range r = any_range();
    const bool writable = below(2) != 0;
    const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    const int got = error_of(mprotect(at(r.first), length(r), protection));
    CHECK_EQ(got, until_gap(
                      r, [=](page_model& p) { p.writable = writable; }, is_2_4() ? EFAULT : ENOMEM));
}

void lock_pages() {
    const range r = any_range();
    const int got = error_of(mlock(at(r.first), length(r)));
    CHECK_EQ(got, until_gap(r, [](page_model& p) { p.locked = true; }));
}

void unlock_pages() {
    const range r = any_range();
    const int got = error_of(munlock(at(r.first), length(r)));
    CHECK_EQ(got, until_gap(r, [](page_model& p) { p.locked = false; }));
}

int forget_in_model(const range& r) {
    int error = 0;
    for (unsigned i = r.first; i < r.end; i++) {
        if (model[i].locked) return EINVAL;
        if (!model[i].mapped) error = ENOMEM;
        model[i].value = 0;
    }
    return error;
}
void forget_pages() {
    const range r = any_range();
    const int got = error_of(madvise(at(r.first), length(r), MADV_DONTNEED));
    CHECK_EQ(got, forget_in_model(r));
}

/// Splits and merges areas; pages do not notice.
void advise_pages() {
    constexpr int kAdvice[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL};
    const range r = any_range();
    const int got = error_of(madvise(at(r.first), length(r), kAdvice[below(3)]));
    bool gap = false;
    for (unsigned i = r.first; i < r.end; i++)
        gap |= !model[i].mapped;
    CHECK_EQ(got, gap ? ENOMEM : 0);
}

/// One page to a place that is told, where it gets up to two new ones behind it.
void move_page() {
    const unsigned from = below(kPages), count = 1 + below(3), to = below(kPages - count + 1);
    if (!model[from].mapped || (from >= to && from < to + count)) return;
    void* got = mremap(at(from), kPage, count * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, at(to));
    CHECK(got == at(to));
    for (unsigned i = 0; i < count; i++) {
        model[to + i] = model[from];
        if (i > 0) model[to + i].value = 0;
    }
    model[from] = {};
}

void grow_page() {
    const unsigned page = below(kPages - 1);
    if (!model[page].mapped) return;
    const long got = reinterpret_cast<long>(mremap(at(page), kPage, 2 * kPage, 0));
    CHECK_EQ(error_of(got), model[page + 1].mapped ? ENOMEM : 0);
    if (model[page + 1].mapped) return;
    model[page + 1] = model[page];
    model[page + 1].value = 0;
}

void write_pages() {
    for (unsigned times = 0; times < 8; times++) {
        const unsigned page = below(kPages);
        if (!model[page].mapped || !model[page].writable) continue;
        *at(page) = model[page].value = static_cast<char>(1 + below(120));
    }
}

// What must hold then ---------------------------------------------------------------------------------------

void check_contents() {
    for (unsigned i = 0; i < kPages; i++) {
        if (model[i].mapped) CHECK_EQ(*at(i), model[i].value);
    }
}

void check_everything() {
    long mapped = 0, locked = 0;
    for (unsigned i = 0; i < kPages; i++) {
        unsigned char residence = 0;
        mapped += model[i].mapped;
        locked += model[i].locked;
        CHECK_EQ(error_of(mincore(at(i), kPage, &residence)), model[i].mapped ? 0 : ENOMEM);
        // Newer kernels lock what lies before a gap without filling it.
        if (model[i].locked && on_this_kernel()) CHECK_EQ(residence & 1, 1);
    }
    load("/proc/self/status");
    CHECK_EQ(number("VmSize:") / 4, other_size + mapped);
    CHECK_EQ(number("VmLck:") / 4, locked);
    check_contents();
}

}  // namespace

int main() {
    constexpr void (*kActions[])() = {map_pages,  map_pages,    unmap_pages,  protect_pages, protect_pages,
                                      lock_pages, unlock_pages, forget_pages, advise_pages,  move_page,
                                      move_page,  grow_page,    write_pages,  write_pages};
    constexpr unsigned kKinds = sizeof kActions / sizeof kActions[0];
    other_size = status_pages("VmSize:");
    for (unsigned i = 0; i < kCalls && failed_checks == 0; i++) {
        kActions[below(kKinds)]();
        if (i % 16 == 0) check_everything();
        if (i % 100 == 0) CHECK_EQ(failures_in_child(check_contents), 0);  // and copy-on-write from now on
        if (failed_checks) printf("  after call %u\n", i);
    }
    check_everything();
    return verdict("mm_model");
}
