// SPDX-License-Identifier: GPL-2.0-or-later
// clone: threads that share an address space, their numbers, their ends, and exec among them. Also runs on a
// Linux host.
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

constexpr long NR_exit = 1, NR_execve = 11, NR_nanosleep = 162, NR_set_thread_area = 243;
constexpr int THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr int STACK_SIZE = 16384;

// Threads share one errno with this library, so they use __syscall() only.
pid_t raw_gettid() {
    return static_cast<pid_t>(__syscall(__NR_gettid));
}
pid_t raw_getpid() {
    return static_cast<pid_t>(__syscall(__NR_getpid));
}
void raw_sleep(long milliseconds) {
    const timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    __syscall(NR_nanosleep, reinterpret_cast<long>(&time));
}

char* new_stack() {
    return static_cast<char*>(malloc(STACK_SIZE)) + STACK_SIZE;
}

/// Waits until the kernel has zeroed *tid (CLONE_CHILD_CLEARTID).
bool wait_cleared(volatile int* tid) {
    for (int i = 0; i < 500 && *tid != 0; i++)
        raw_sleep(10);
    return *tid == 0;
}

int status_of(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

struct report {
    volatile int pid, tid, tid_at_start;
    volatile int counter;
};
report seen;
volatile int parent_tid, child_tid;

int note_ids(void* argument) {
    auto* r = static_cast<report*>(argument);
    r->pid = raw_getpid();
    r->tid = raw_gettid();
    r->tid_at_start = child_tid;
    return 0;
}

void a_thread_has_the_pid_of_its_process_and_a_tid_of_its_own() {
    child_tid = -1;
    parent_tid = -1;
    const int tid =
        clone(note_ids, new_stack(), THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
              &seen, const_cast<int*>(&parent_tid), nullptr, const_cast<int*>(&child_tid));
    CHECK(tid > 0);
    CHECK(wait_cleared(&child_tid));
    CHECK_EQ(seen.pid, getpid());
    CHECK_EQ(seen.tid, tid);
    CHECK_EQ(seen.tid_at_start, tid);
    CHECK_EQ(parent_tid, tid);
    CHECK_FAILS(waitpid(tid, nullptr, static_cast<int>(__WALL)), ECHILD);  // threads are nobody's children
}

int count_up(void* argument) {
    auto* r = static_cast<report*>(argument);
    for (int i = 0; i < 20000; i++)
        __atomic_fetch_add(&r->counter, 1, __ATOMIC_SEQ_CST);
    return 0;
}

void eight_threads_count_in_one_memory() {
    static volatile int done[8];
    seen.counter = 0;
    for (int i = 0; i < 8; i++) {
        done[i] = 1;
        CHECK(clone(count_up, new_stack(), THREAD | CLONE_CHILD_CLEARTID, &seen, nullptr, nullptr,
                    const_cast<int*>(&done[i])) > 0);
    }
    for (int i = 0; i < 8; i++)
        CHECK(wait_cleared(&done[i]));
    CHECK_EQ(seen.counter, 160000);
}

int sleep_for_ever(void*) {
    for (;;)
        raw_sleep(1000);
}

int exit_group_with_threads() {
    for (int i = 0; i < 4; i++)
        clone(sleep_for_ever, new_stack(), THREAD, nullptr);
    raw_sleep(20);
    _exit(42);
}

int exit_group_of_a_thread(void*) {
    raw_sleep(20);
    __syscall(__NR_exit_group, 43);
    return 0;
}
int thread_ends_process() {
    clone(exit_group_of_a_thread, new_stack(), THREAD, nullptr);
    for (;;)
        raw_sleep(1000);
}

int outlive_leader(void*) {
    raw_sleep(60);
    return 0;
}
/// The process ends with its last thread; its status is the leader's (of the last thread since Linux 6.x).
int leaders_status() {
    utsname name;
    uname(&name);
    return strstr(name.release, "-mmscope") || strncmp(name.release, "2.6.", 4) == 0 ? 44 << 8 : 0;
}
int leader_exits_first() {
    clone(outlive_leader, new_stack(), THREAD, nullptr);
    __syscall(NR_exit, 44);
    return 0;
}

int divide_in_thread(void*) {
    raw_sleep(10);
    asm volatile("xorl %%edx, %%edx; xorl %%eax, %%eax; divl %%eax" : : : "eax", "edx", "cc");
    return 0;
}
int fault_in_thread() {
    clone(divide_in_thread, new_stack(), THREAD, nullptr);
    for (;;)
        raw_sleep(1000);
}

void the_end_of_a_process_ends_its_threads() {
    CHECK_EQ(status_of(exit_group_with_threads), 42 << 8);
    CHECK_EQ(status_of(thread_ends_process), 43 << 8);
    CHECK_EQ(status_of(leader_exits_first), leaders_status());
    CHECK_EQ(status_of(fault_in_thread) & 0x7F, SIGFPE);
}

void a_zombie_leader_with_threads_is_not_reported() {
    const pid_t child = fork();
    if (child == 0) _exit(leader_exits_first());
    const timespec moment = {0, 25000000};
    nanosleep(&moment, nullptr);
    int status = -1;
    CHECK_EQ(waitpid(child, &status, WNOHANG), 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, leaders_status());
}

/// From a thread: the program /proc/self/exe as "threads check-pid PID".
char pid_text[16];
int exec_in_thread(void*) {
    const char* const argv[] = {"threads", "check-pid", pid_text, nullptr};
    const char* const envp[] = {nullptr};
    raw_sleep(10);
    const long error = __syscall(NR_execve, reinterpret_cast<long>("/proc/self/exe"),
                                 reinterpret_cast<long>(argv), reinterpret_cast<long>(envp));
    __syscall(__NR_exit_group, -error);
    return 0;
}
int exec_from_thread() {
    snprintf(pid_text, sizeof(pid_text), "%d", getpid());
    for (int i = 0; i < 3; i++)
        clone(sleep_for_ever, new_stack(), THREAD, nullptr);
    clone(exec_in_thread, new_stack(), THREAD, nullptr);
    for (;;)
        raw_sleep(1000);
}

void exec_from_a_thread_keeps_the_process() {
    CHECK_EQ(status_of(exec_from_thread), 55 << 8);
}

int write_seven(void* argument) {
    *static_cast<volatile int*>(argument) = 7;
    return 9;
}

void clone_vm_without_thread_is_a_child_that_shares_memory() {
    volatile int word = 0;
    const int pid = clone(write_seven, new_stack(), CLONE_VM | int{SIGCHLD}, const_cast<int*>(&word));
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 9 << 8);
    CHECK_EQ(word, 7);
    word = 0;
    const int silent = clone(write_seven, new_stack(), CLONE_VM, const_cast<int*>(&word));
    CHECK_FAILS(waitpid(silent, &status, 0), ECHILD);  // no SIGCHLD: only for who asks for clones
    CHECK_EQ(waitpid(silent, &status, static_cast<int>(__WCLONE)), silent);
    CHECK_EQ(word, 7);
}

void senseless_flags_are_refused() {
    CHECK_FAILS(clone(note_ids, new_stack(), CLONE_THREAD | CLONE_VM, nullptr), EINVAL);
    CHECK_FAILS(clone(note_ids, new_stack(), CLONE_SIGHAND, nullptr), EINVAL);
}

struct user_desc {
    unsigned entry_number;
    unsigned long base, limit;
    unsigned flags;
};
int tls_word = 1234;
void thread_local_storage_is_a_segment() {
    user_desc area = {~0u, reinterpret_cast<unsigned long>(&tls_word), 0xFFFFF,
                      0x51};  // 32 bit, pages, useable
    CHECK_EQ(syscall(NR_set_thread_area, &area), 0);
    CHECK(area.entry_number >= 6 && area.entry_number <= 14);
    int value = 0;
    unsigned selector = area.entry_number << 3 | 3;
    asm volatile("movw %w1, %%gs; movl %%gs:0, %0" : "=r"(value) : "r"(selector));
    CHECK_EQ(value, 1234);
    sched_yield();
    asm volatile("movl %%gs:0, %0" : "=r"(value));
    CHECK_EQ(value, 1234);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && strcmp(argv[1], "check-pid") == 0)
        return atoi(argv[2]) == getpid() && gettid() == getpid() ? 55 : 56;
    a_thread_has_the_pid_of_its_process_and_a_tid_of_its_own();
    eight_threads_count_in_one_memory();
    the_end_of_a_process_ends_its_threads();
    a_zombie_leader_with_threads_is_not_reported();
    exec_from_a_thread_keeps_the_process();
    clone_vm_without_thread_is_a_child_that_shares_memory();
    senseless_flags_are_refused();
    thread_local_storage_is_a_segment();
    return verdict("threads");
}
