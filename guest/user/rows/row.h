// SPDX-License-Identifier: GPL-2.0-or-later
// Rows: small situations of memory management, one for each line of the project's checklist. All rows of the
// folder are one program, which the initramfs holds under one name per row:
// init=/rows/L03_two_processes_share_one_mm.
//
// A row makes its situation, tells the observer outside the numbers he needs, and stops at a checkpoint:
//
//     ROW(L03_two_processes_share_one_mm) {
//         const pid_t child = ...;
//         tell("child", child);       // "row: child=0x2" on the serial line
//         checkpoint(1);              // the machine stands still; the host looks into its memory
//     }
//
// tests/rows has a test of the same name, TEST(Row, L03_two_processes_share_one_mm), which looks (row_run.h).
// What a program can see by itself (a result, an errno, a signal) it checks itself with the CHECKs of
// tests/check.h; the verdict line at the end is one of the things the host wants. A ROW begins in column 1,
// for the build takes the names from the sources.
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "tests/check.h"

struct Row {
    const char* name;
    void (*body)();
};

#define ROW(name)                                                                \
    static void name();                                                          \
    extern const Row row_##name;                                                 \
    __attribute__((section("rows"), used)) const Row row_##name = {#name, name}; \
    static void name()

constexpr size_t kPage = 4096;
constexpr size_t kSlot = 4u << 20;  // what one page table maps

/// The program's arguments behind its name: rows that call themselves again by exec give themselves some.
extern int argument_count;
extern char** arguments;

/// Starts this row anew in the calling process, by execve with these arguments (at most two). Does not
/// return.
[[noreturn]] void exec_row(const char* first, const char* second = nullptr);

/// A number for the host, under a name; the last one of a name counts.
void tell(const char* name, unsigned long value);
inline void tell(const char* name, const volatile void* address) {
    tell(name, reinterpret_cast<unsigned long>(address));
}
/// The machine stands still while the host looks.
void checkpoint(int id);

/// Anonymous private memory, or what `flags` say; a failed CHECK and an exit if there is none.
volatile char* map(size_t pages, int protection, int flags = 0x22, int fd = -1, size_t file_page = 0);
/// The same at this address, in place of what is there.
volatile char* map_at(volatile void* address, size_t pages, int protection, int flags = 0x22, int fd = -1,
                      size_t file_page = 0);
void unmap(volatile void* at, size_t pages);
/// Writes a byte to each page / reads one from each, and gives their sum.
void touch(volatile char* at, size_t pages);
int look(const volatile char* at, size_t pages);

/// A child made by fork that runs `body` and then sleeps until the parent is done with it.
template <class Body>
pid_t child_that(Body body);
/// Ends a child and takes its status as wait() gives it.
int finish(pid_t child);
/// The status of a child that was or will be ending by itself.
int wait_for(pid_t child);

/// A task that shares this address space (clone with CLONE_VM and `flags`) and sleeps until finish(), or does
/// what `function` says.
pid_t sharer(int flags = 0, int (*function)(void*) = nullptr);

/// The signal that `body` raised, with its code, address and the registers of the fault. The body is left.
struct Caught {
    int signal, code;
    unsigned long address, trap, error, cr2;
};
Caught catch_signal(void (*body)());
/// What a child died of: its status as wait() gives it.
template <class Body>
int fate_of(Body body);

// ------------------------------------------------------------------------------------------------------------
pid_t fork_or_fail();
[[noreturn]] void sleep_forever();
[[noreturn]] void leave(int status);
/// Lets the other side of child_that know, and waits for it.
void tell_parent_ready();
void wait_for_child_ready();
void prepare_turns();

template <class Body>
pid_t child_that(Body body) {
    prepare_turns();
    const pid_t pid = fork_or_fail();
    if (pid == 0) {
        body();
        tell_parent_ready();
        sleep_forever();
    }
    wait_for_child_ready();
    return pid;
}

template <class Body>
int fate_of(Body body) {
    const pid_t pid = fork_or_fail();
    if (pid == 0) {
        failed_checks = 0;
        body();
        leave(failed_checks != 0);
    }
    return wait_for(pid);
}
