// SPDX-License-Identifier: GPL-2.0-or-later
// fork shares every page; who writes first copies, who writes last keeps the page.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tour/tour.h"

namespace {
constexpr size_t kPages = 8;

void on_signal(int) {}

void fill(char* memory, char value) {
    for (size_t i = 0; i < kPages; i++)
        *static_cast<volatile char*>(memory + i * kPage) = value;
}
bool is_filled(const char* memory, char value) {
    for (size_t i = 0; i < kPages; i++) {
        if (memory[i * kPage] != value) return false;
    }
    return true;
}

/// Parent and child take turns: SIGUSR1 is blocked but while one waits for it.
void wait_for_turn() {
    const sigset_t nothing = 0;
    sigsuspend(&nothing);
}

Counters count_filling(char* memory, char value) {
    settle();
    const Counters before = count();
    fill(memory, value);
    return count() - before;
}

/// The child's part; its exit status tells how many answers were wrong.
[[noreturn]] void child(char* memory) {
    const Counters c = count_filling(memory, 'c');
    did("the child writes them", "%ld minor faults, %ld pages copied, %ld reused", c.minor, c.copied,
        c.reused);
    expect("minor faults", c.minor, kPages);
    expect("pages copied", c.copied, kPages);
    expect("pages reused", c.reused, 0);
    checkpoint(2);
    kill(getppid(), SIGUSR1);
    wait_for_turn();
    expect("the child still sees what it wrote", is_filled(memory, 'c'), 1);
    _exit(failures());
}

void parent(char* memory, pid_t pid) {
    wait_for_turn();
    expect("the parent still sees what it wrote", is_filled(memory, 'p'), 1);
    const Counters c = count_filling(memory, 'P');
    did("then the parent writes them", "%ld minor faults, %ld pages copied, %ld reused", c.minor, c.copied,
        c.reused);
    expect("minor faults", c.minor, kPages);
    expect("pages copied", c.copied, 0);
    expect("pages reused by their last owner", c.reused, kPages);
    kill(pid, SIGUSR1);
    expect("wrong answers in the child", wait_for(pid), 0);
}
}  // namespace

void fork_and_copy_on_write() {
    title("fork and copy-on-write");
    note("After fork both processes map the same frames, read-only. The first to write a page gets");
    note("a copy; the other, alone with the old frame by then, just gets its write permission back.");
    char* memory = map_pages(kPages, PROT_READ | PROT_WRITE);
    fill(memory, 'p');
    signal(SIGUSR1, on_signal);
    const sigset_t turn = 1ull << (SIGUSR1 - 1);
    sigset_t old_mask = 0;
    sigprocmask(SIG_BLOCK, &turn, &old_mask);
    const int failed_before = failures();
    did("write 8 pages, then fork", "both processes share 8 frames");
    const pid_t pid = fork();
    if (pid < 0) {
        perror("tour: fork");
        exit(1);
    }
    if (pid == 0) child(memory);
    parent(memory, pid);
    if (failures() == failed_before) did("the child ends", "each side kept its own contents");
    sigprocmask(SIG_SETMASK, &old_mask, nullptr);
    signal(SIGUSR1, SIG_DFL);
    unmap_pages(memory, kPages);
}
