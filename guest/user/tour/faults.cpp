// SPDX-License-Identifier: GPL-2.0-or-later
// Faults that the kernel cannot serve become SIGSEGV: caught and repaired, or deadly.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tour/tour.h"

namespace {
struct Seen {
    int signals, code;
    void* address;
} seen;

/// Makes the page writable; the instruction that faulted is then executed again.
void repair(int, siginfo_t* info, void*) {
    seen.signals++;
    seen.code = info->si_code;
    seen.address = info->si_addr;
    char* page = reinterpret_cast<char*>(reinterpret_cast<size_t>(info->si_addr) & ~(kPage - 1));
    mprotect(page, kPage, PROT_READ | PROT_WRITE);
}

const char* name_of(int code) {
    return code == SEGV_MAPERR ? "SEGV_MAPERR" : code == SEGV_ACCERR ? "SEGV_ACCERR" : "?";
}

/// Runs `crash` in a child that nobody watches over. The signal that killed it, or 0.
int signal_that_kills(void (*crash)()) {
    const pid_t pid = fork();
    if (pid < 0) {
        perror("tour: fork");
        exit(1);
    }
    if (pid == 0) {
        crash();
        _exit(0);
    }
    const int status = wait_for(pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

volatile unsigned long wild;
void write_to_nowhere() {
    *reinterpret_cast<volatile char*>(wild) = 1;
}

void kill_a_child(const char* what, unsigned long address) {
    wild = address;
    const int signal = signal_that_kills(write_to_nowhere);
    did(what, "child killed by signal %d (%s)", signal, strsignal(signal));
    expect("the signal that killed the child", signal, SIGSEGV);
}
}  // namespace

void caught_fault() {
    title("A fault that is caught");
    note("A write to memory without rights raises SIGSEGV. The handler learns the address, gives the");
    note("page its rights, and the same instruction succeeds.");
    char* memory = map_pages(2, PROT_NONE);
    char* target = memory + kPage + 0x123;
    struct sigaction action {};
    action.sa_sigaction = repair;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, nullptr);
    *static_cast<volatile char*>(target) = 'x';
    signal(SIGSEGV, SIG_DFL);
    did("write to a page of PROT_NONE", "SIGSEGV, %s, si_addr = %p", name_of(seen.code), seen.address);
    did("return from the handler", "the byte is '%c'", *target);
    expect("signals", seen.signals, 1);
    expect("si_code", seen.code, SEGV_ACCERR);
    expect("si_addr is the address written to", seen.address == target, 1);
    expect("the byte was written", *target, 'x');
    show_maps(memory, memory + 2 * kPage);
    unmap_pages(memory, 2);
}

void fatal_fault() {
    title("Faults that kill");
    note("Without a handler the signal ends the process; its parent learns which signal it was, and");
    note("all its memory is free again.");
    kill_a_child("a child writes to address 0x10", 0x10);
    kill_a_child("a child writes to the kernel", 0xC0100000);
    checkpoint(6);
}
