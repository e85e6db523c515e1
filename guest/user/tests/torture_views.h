// SPDX-License-Identifier: GPL-2.0-or-later
// What else a worker of mm_torture has and uses: files and shared memory seen through nonlinear areas,
// drivers' memory, asynchronous requests, segments of an LDT, a shadow of its page table.
#pragma once

#include <linux/aio_abi.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/torture_ops.h"

namespace torture {

// Files and shared memory, written and seen in any order
// ------------------------------------------------------

/// One object (a file, or shared memory if fd is -1) that two areas show: `linear` in its own order, `at` as
/// remap_file_pages left it.
struct view {
    static constexpr unsigned kPages = 12;
    int fd;
    char *linear, *at;  // null: there is none
    unsigned value[kPages];
    unsigned char shows[kPages];  // the object's page that each page of `at` is
};
inline view shared_view, file_view;
inline const char* file_folder = "/tmp";  // or a disk's
inline unsigned worker_number;            // among those of the batch

inline volatile unsigned* word_at(char* area, unsigned page) {
    return reinterpret_cast<volatile unsigned*>(area + page * kPage + kWordOffset);
}

inline char* map_view(int fd) {
    void* at =
        mmap(nullptr, view::kPages * kPage, kReadWrite, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
    return at == MAP_FAILED ? nullptr : static_cast<char*>(at);
}

/// Shared anonymous memory cannot be mapped twice: both names are the same area.
inline void open_view(view* v, int fd) {
    *v = {};
    v->fd = fd;
    v->linear = map_view(fd);
    v->at = fd < 0 ? v->linear : map_view(fd);
    for (unsigned i = 0; i < view::kPages; i++)
        v->shows[i] = static_cast<unsigned char>(i);
}

inline void close_view(view* v) {
    if (v->at && v->at != v->linear) REQUIRE(munmap(v->at, view::kPages * kPage) == 0);
    if (v->linear) REQUIRE(munmap(v->linear, view::kPages * kPage) == 0);
    if (v->fd >= 0) close(v->fd);
    *v = {};
}

/// A file without a name, all of it a hole.
inline int new_file() {
    char name[40];
    snprintf(name, sizeof name, "%s/torture.%u", file_folder, worker_number);
    const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) return -1;
    unlink(name);
    REQUIRE(ftruncate(fd, view::kPages * kPage) == 0);
    return fd;
}

inline void check_view(const view& v) {
    if (!v.linear || !v.at) return;
    for (unsigned i = 0; i < view::kPages; i++) {
        REQUIRE(*word_at(v.at, i) == v.value[v.shows[i]]);
        if (v.linear != v.at) REQUIRE(*word_at(v.linear, i) == v.value[i]);
    }
}

inline void write_view(worker& w, view* v) {
    const unsigned page = w.random.below(view::kPages), value = w.fresh_value();
    v->value[v->shows[page]] = value;
    const auto offset = static_cast<loff_t>(v->shows[page] * kPage + kWordOffset);
    if (v->fd < 0 || w.random.below(3)) {
        *word_at(v->at, page) = value;
    } else {
        REQUIRE(pwrite(v->fd, &value, sizeof value, offset) == sizeof value);
    }
    unsigned seen = value;
    if (v->fd >= 0) REQUIRE(pread(v->fd, &seen, sizeof seen, offset) == sizeof seen && seen == value);
}

inline void reorder_view(worker& w, view* v) {
    const unsigned first = w.random.below(view::kPages), count = 1 + w.random.below(view::kPages - first);
    const unsigned from = w.random.below(view::kPages - count + 1);
    constexpr int kNonblock = 0x10000;
    const int flags = w.random.below(2) ? kNonblock : 0;
    if (remap_file_pages(v->at + first * kPage, count * kPage, 0, from, flags) != 0) return;
    for (unsigned i = 0; i < count; i++)
        v->shows[first + i] = static_cast<unsigned char>(from + i);
}

/// The end of the file goes and comes back as a hole.
inline void cut_file(worker& w, view* v) {
    const unsigned left = w.random.below(view::kPages);
    REQUIRE(ftruncate(v->fd, left * kPage) == 0 && ftruncate(v->fd, view::kPages * kPage) == 0);
    for (unsigned i = left; i < view::kPages; i++)
        v->value[i] = 0;
}

inline void use_view(worker& w, view* v) {
    if (!v->linear || !v->at) {
        const int fd = v == &file_view ? new_file() : -1;
        if (v == &file_view && fd < 0) return;
        close_view(v);
        return open_view(v, fd);
    }
    const unsigned choice = w.random.below(8);
    if (choice == 0) return close_view(v);
    if (choice < 3) return reorder_view(w, v);
    if (choice == 3) msync(v->at, view::kPages * kPage, w.random.below(4) ? MS_ASYNC : MS_SYNC);
    if (choice == 4 && v->fd >= 0) return cut_file(w, v);
    write_view(w, v);
    check_view(*v);
}

inline void use_shared_view(worker& w) {
    use_view(w, &shared_view);
}
inline void use_file(worker& w) {
    use_view(w, &file_view);
}

/// A child has copies of all areas, in whatever order, and sees the same.
inline void fork_viewer(worker&) {
    const pid_t child = fork();
    if (child == 0) {
        broken = 0;
        check_view(shared_view);
        check_view(file_view);
        _exit(broken == 0 ? 0 : 1);
    }
    wait_for(child);
}

// Drivers
// -------------------------------------------------------------------------------------------------------

/// /dev/buffer is everybody's: each worker has a word of its own in each page.
inline void use_buffer(worker& w) {
    static char *at, *copy;
    constexpr unsigned kBufferPages = 6;
    const unsigned place = 64 + 4 * worker_number;
    if (!at) {
        const int fd = open("/dev/buffer", O_RDWR);
        if (fd < 0) return;
        void* shared = mmap(nullptr, kBufferPages * kPage, kReadWrite, MAP_SHARED, fd, 0);
        void* own = mmap(nullptr, kBufferPages * kPage, kReadWrite, MAP_PRIVATE, fd, 0);
        close(fd);
        if (shared == MAP_FAILED || own == MAP_FAILED) {  // no memory
            if (shared != MAP_FAILED) munmap(shared, kBufferPages * kPage);
            if (own != MAP_FAILED) munmap(own, kBufferPages * kPage);
            return;
        }
        at = static_cast<char*>(shared);
        copy = static_cast<char*>(own);
    }
    const unsigned page = w.random.below(kBufferPages);
    auto* word = reinterpret_cast<volatile unsigned*>(at + page * kPage + place);
    auto* copied = reinterpret_cast<volatile unsigned*>(copy + page * kPage + place);
    const unsigned value = w.fresh_value();
    *word = value;
    *copied = ~value;
    sched_yield();
    REQUIRE(*word == value && *copied == ~value && at[page * kPage] == 'b');
    if (w.random.below(4)) return;
    REQUIRE(munmap(at, kBufferPages * kPage) == 0 && munmap(copy, kBufferPages * kPage) == 0);
    at = nullptr;
}

/// The part of the VGA's memory that no screen shows.
inline void use_screen(worker& w) {
    constexpr int kHidden = 0xBF000;
    const int fd = open("/dev/mem", O_RDWR);
    if (fd < 0) return;
    void* at = mmap(nullptr, kPage, kReadWrite, MAP_SHARED, fd, kHidden);
    close(fd);
    if (at == MAP_FAILED) return;
    auto* cell = static_cast<volatile unsigned short*>(at) + worker_number;
    const auto value = static_cast<unsigned short>(w.random.next());
    *cell = value;
    sched_yield();
    REQUIRE(*cell == value);
    REQUIRE(munmap(at, kPage) == 0);
}

/// A listener to the changes of this space; at times it outlives the space.
inline void use_shadow(worker& w) {
    static int device = -1;
    constexpr unsigned kAttach = 0x5301, kFill = 0x5302;
    if (device >= 0 && w.random.below(3) == 0) {
        close(device);
        device = -1;
        return;
    }
    if (device < 0) {
        device = open("/dev/shadow", O_RDONLY);
        if (device < 0) return;
        if (ioctl(device, kAttach, getpid()) != 0) {  // no memory
            close(device);
            device = -1;
            return;
        }
    }
    region* r = w.pick();
    if (!r) return;
    const unsigned long request[2] = {reinterpret_cast<unsigned long>(r->at), r->pages};
    ioctl(device, kFill, request);
}

// Asynchronous requests
// -------------------------------------------------------------------------------------------

constexpr long NR_modify_ldt = 123;

constexpr unsigned long long kNobodyWaits = ~0ull;

inline iocb read_of_word(int fd, unsigned page, unsigned* word, unsigned long long data) {
    iocb request = {};
    request.aio_data = data;
    request.aio_fildes = static_cast<unsigned>(fd);
    request.aio_buf = reinterpret_cast<unsigned long>(word);
    request.aio_nbytes = sizeof *word;
    request.aio_offset = page * kPage + kWordOffset;
    return request;
}

/// Reads the file's words and waits for all of them; what came before is passed over.
inline void read_words(unsigned long handle, int fd) {
    static unsigned words[kFilePages];
    static iocb requests[kFilePages];
    iocb* list[kFilePages];
    for (unsigned i = 0; i < kFilePages; i++) {
        words[i] = 0;
        requests[i] = read_of_word(fd, i, &words[i], i);
        list[i] = &requests[i];
    }
    const long taken = syscall(__NR_io_submit, handle, kFilePages, list);
    for (long seen = 0; seen < taken && broken == 0;) {
        io_event event;
        REQUIRE(syscall(__NR_io_getevents, handle, 1, 1, &event, nullptr) == 1);
        if (event.data == kNobodyWaits) continue;
        seen++;
        const auto page = static_cast<unsigned>(event.data);
        REQUIRE(page < kFilePages && event.res == sizeof words[0] && words[page] == file_word[page]);
    }
}

inline void read_and_forget(unsigned long handle, int fd) {
    static unsigned word;
    static iocb request;
    request = read_of_word(fd, 0, &word, kNobodyWaits);
    iocb* list[1] = {&request};
    syscall(__NR_io_submit, handle, 1, list);
}

/// A context lives for some steps, or until the worker's end.
inline void use_aio(worker& w) {
    static unsigned long handle;
    if (!handle && syscall(__NR_io_setup, 4 + w.random.below(300), &handle) != 0) {
        handle = 0;
        return;
    }
    const int fd = open(kFile, O_RDONLY);
    REQUIRE(fd >= 0);
    read_words(handle, fd);
    if (w.random.below(2)) read_and_forget(handle, fd);
    close(fd);
    if (w.random.below(2)) return;
    REQUIRE(syscall(__NR_io_destroy, handle) == 0);
    handle = 0;
}

// Segments
// ----------------------------------------------------------------------------------------------------------

inline unsigned word_through(unsigned entry) {
    unsigned word;
    asm volatile("movw %w1, %%fs; movl %%fs:0, %0; movw %w2, %%fs"
                 : "=&r"(word)
                 : "r"(entry * 8 + 7), "r"(0)
                 : "memory");
    return word;
}

/// A segment of four bytes, in tables of all sizes.
inline void use_segment(worker& w) {
    static unsigned target;
    constexpr int kWrite = 0x11;
    constexpr unsigned kData32 = 1;
    const unsigned entry = w.random.below(1u << (3 + w.random.below(11)));
    const unsigned description[4] = {entry, reinterpret_cast<unsigned>(&target), 3, kData32};
    if (syscall(NR_modify_ldt, kWrite, description, sizeof description) != 0) return;  // no memory
    target = w.fresh_value();
    REQUIRE(word_through(entry) == target);
    sched_yield();
    REQUIRE(word_through(entry) == target);
}

}  // namespace torture
