// SPDX-License-Identifier: GPL-2.0-or-later
// What rows share: talking to the host, mappings, children that wait, signals that are caught.
#include "rows/row.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

volatile bool ready;
jmp_buf back;
Caught caught;

void on_ready(int) {
    ready = true;
}

constexpr sigset_t kTurn = 1ull << (SIGUSR1 - 1);
constexpr size_t kThreadStack = 16384;
char signal_stack[8192];  // so that a fault of the stack itself can be caught

int sleeper(void*) {
    sleep_forever();
}

void on_fault(int signal, siginfo_t* info, void* context) {
    const sigcontext& registers = static_cast<ucontext_t*>(context)->uc_mcontext;
    caught = {signal,           info->si_code, reinterpret_cast<unsigned long>(info->si_addr),
              registers.trapno, registers.err, registers.cr2};
    longjmp(back, 1);
}

volatile char* checked(void* at) {
    CHECK(at != MAP_FAILED);
    if (at == MAP_FAILED) exit(verdict("mmap"));
    return static_cast<volatile char*>(at);
}

}  // namespace

void exec_row(const char* first, const char* second) {
    char* const words[] = {arguments[-1], const_cast<char*>(first), const_cast<char*>(second), nullptr};
    execve(arguments[-1], words, environ);
    perror(arguments[-1]);
    _exit(127);
}

void tell(const char* name, unsigned long value) {
    printf("row: %s=0x%lx\n", name, value);
}

void checkpoint(int id) {
    const int device = open("/dev/checkpoint", O_WRONLY);
    CHECK(device >= 0);
    dprintf(device, "%d\n", id);
    close(device);
}

volatile char* map(size_t pages, int protection, int flags, int fd, size_t file_page) {
    return checked(
        mmap(nullptr, pages * kPage, protection, flags, fd, static_cast<off_t>(file_page * kPage)));
}

volatile char* map_at(volatile void* address, size_t pages, int protection, int flags, int fd,
                      size_t file_page) {
    return checked(mmap(const_cast<void*>(address), pages * kPage, protection, flags | MAP_FIXED, fd,
                        static_cast<off_t>(file_page * kPage)));
}

void unmap(volatile void* at, size_t pages) {
    CHECK_EQ(munmap(const_cast<void*>(at), pages * kPage), 0);
}

void touch(volatile char* at, size_t pages) {
    for (size_t i = 0; i < pages; i++)
        at[i * kPage] = static_cast<char>(i + 1);
}

int look(const volatile char* at, size_t pages) {
    int sum = 0;
    for (size_t i = 0; i < pages; i++)
        sum += at[i * kPage];
    return sum;
}

pid_t fork_or_fail() {
    const pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid < 0) exit(verdict("fork"));
    return pid;
}

void sleep_forever() {
    for (;;)
        pause();
}

void leave(int status) {
    _exit(status);
}

/// The signal stays blocked but while one waits for it, so that it cannot come too early.
void prepare_turns() {
    ready = false;
    signal(SIGUSR1, on_ready);
    sigprocmask(SIG_BLOCK, &kTurn, nullptr);
}

void tell_parent_ready() {
    kill(getppid(), SIGUSR1);
}

void wait_for_child_ready() {
    const sigset_t nothing = 0;
    while (!ready)
        sigsuspend(&nothing);
    sigprocmask(SIG_UNBLOCK, &kTurn, nullptr);
}

int wait_for(pid_t child) {
    int status = -1;
    CHECK_EQ(waitpid(child, &status, __WALL), child);
    return status;
}

int finish(pid_t child) {
    CHECK_EQ(kill(child, SIGKILL), 0);
    return wait_for(child);
}

pid_t sharer(int flags, int (*function)(void*)) {
    char* stack = static_cast<char*>(malloc(kThreadStack));
    CHECK(stack != nullptr);
    const pid_t pid =
        clone(function ? function : sleeper, stack + kThreadStack, flags | CLONE_VM | SIGCHLD, nullptr);
    CHECK(pid > 0);
    return pid;
}

Caught catch_signal(void (*body)()) {
    struct sigaction action = {}, old_segv, old_bus;
    action.sa_sigaction = on_fault;
    action.sa_flags = static_cast<unsigned long>(SA_SIGINFO) | SA_NODEFER | SA_ONSTACK;
    const stack_t stack = {signal_stack, 0, sizeof(signal_stack)};
    CHECK_EQ(sigaltstack(&stack, nullptr), 0);
    sigaction(SIGSEGV, &action, &old_segv);
    sigaction(SIGBUS, &action, &old_bus);
    caught = {};
    if (setjmp(back) == 0) body();
    sigaction(SIGSEGV, &old_segv, nullptr);
    sigaction(SIGBUS, &old_bus, nullptr);
    return caught;
}
