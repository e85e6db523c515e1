// SPDX-License-Identifier: GPL-2.0-or-later
// Rows D: the LDT of an address space. B11: the format that loaded a program.
#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows/row.h"
#include "tests/edition.h"

namespace {

constexpr long NR_modify_ldt = 123;
constexpr unsigned SEG_32BIT = 1;
unsigned word = 0x600D1D7;

void tell_self() {
    tell("self", static_cast<unsigned long>(getpid()));
}

/// A data segment of four bytes that begins at `word`.
void write_entry(unsigned entry, unsigned limit = 3) {
    unsigned record[4] = {entry, reinterpret_cast<unsigned>(&word), limit, SEG_32BIT};
    CHECK_EQ(syscall(NR_modify_ldt, 0x11, record, sizeof record), 0);
}
unsigned word_through(unsigned entry) {
    unsigned found;
    asm volatile("movw %w1, %%fs; movl %%fs:0, %0; movw %w2, %%fs"
                 : "=&r"(found)
                 : "r"(entry * 8 + 7), "r"(0)
                 : "memory");
    return found;
}

}  // namespace

ROW(D01_the_first_write_makes_an_ldt) {
    tell_self();
    tell("word", &word);
    checkpoint(1);
    write_entry(0);
    checkpoint(2);
    CHECK_EQ(word_through(0), word);
}

ROW(D02_fork_copies_the_ldt) {
    write_entry(0);
    const pid_t child = child_that([] {});
    tell_self();
    tell("child", static_cast<unsigned long>(child));
    checkpoint(1);
    finish(child);
}

ROW(D04_exec_maps_the_vdso_and_fork_keeps_it) {
    const auto* page = reinterpret_cast<const volatile char*>(getauxval(AT_SYSINFO_EHDR));
    CHECK_EQ(look(page, 1), 0x7F);
    const pid_t child = child_that([page] { CHECK_EQ(look(page, 1), 0x7F); });
    tell_self();
    tell("child", static_cast<unsigned long>(child));
    tell("page", page);
    tell("entry", getauxval(AT_SYSINFO));
    checkpoint(1);
    finish(child);
}

ROW(D03_the_ldt_ends_with_the_last_reference) {
    const pid_t pid = fork_or_fail();
    if (pid == 0) {
        const int device = open("/dev/kthread", O_WRONLY);
        CHECK(dprintf(device, "last 2") > 0);
        write_entry(0);
        tell_self();
        checkpoint(1);
        leave(0);
    }
    wait_for(pid);
    checkpoint(3);
}

namespace {
void use_entry_2() {
    word_through(2);
}
}  // namespace

ROW(D04_exec_copies_the_ldt_or_drops_it) {
    tell_self();
    if (argument_count == 0) {
        write_entry(2);
        checkpoint(1);
        exec_row("again");
    }
    checkpoint(2);
    if (is_2_4()) {
        CHECK_EQ(catch_signal(use_entry_2).signal, SIGSEGV);
    } else {
        CHECK_EQ(word_through(2), word);
    }
}

ROW(D05_entry_600_grows_the_ldt) {
    tell_self();
    write_entry(0);
    checkpoint(1);
    write_entry(600, 7);
    checkpoint(2);
    CHECK_EQ(word_through(0), word);
    CHECK_EQ(word_through(600), word);
}

ROW(D06_a_switch_loads_the_ldt_of_the_next) {
    tell_self();
    write_entry(0);
    const pid_t child = child_that([] {
        write_entry(1);
        checkpoint(1);
    });
    tell("child", static_cast<unsigned long>(child));
    checkpoint(2);
    finish(child);
}

ROW(B11_the_format_counts_the_spaces_it_loaded) {
    tell_self();
    checkpoint(1);
    const pid_t child = child_that([] {});
    tell("child", static_cast<unsigned long>(child));
    checkpoint(2);
    finish(child);
    checkpoint(3);
}
