// SPDX-License-Identifier: GPL-2.0-or-later
// modify_ldt: segments of a program's own, through fork, exec, threads and task switches. Also runs on a
// Linux host.
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/edition.h"

namespace {

constexpr long NR_modify_ldt = 123;
constexpr int READ = 0, WRITE_OLD = 1, READ_DEFAULT = 2, WRITE = 0x11;
constexpr int PAGE_SIZE = 4096;

struct user_desc {
    unsigned entry_number, base_addr, limit, flags;
};
enum : unsigned {
    SEG_32BIT = 1,
    CONTENTS_CODE = 2 << 1,
    CONTENTS_CONFORMING = 3 << 1,
    READ_EXEC_ONLY = 1 << 3,
    LIMIT_IN_PAGES = 1 << 4,
    SEG_NOT_PRESENT = 1 << 5,
    USEABLE = 1 << 6
};

int modify_ldt(int function, void* record, unsigned long size) {
    return static_cast<int>(syscall(NR_modify_ldt, function, reinterpret_cast<long>(record), size));
}
int write_entry(unsigned entry, unsigned base, unsigned limit, unsigned flags, int style = WRITE) {
    user_desc record = {entry, base, limit, flags};
    return modify_ldt(style, &record, sizeof record);
}
/// A data segment of four bytes that begins at `word`.
int point_at(unsigned entry, const void* word) {
    return write_entry(entry, reinterpret_cast<unsigned>(word), 3, SEG_32BIT);
}

unsigned selector(unsigned entry) {
    return entry * 8 + 7;  // in the LDT, of privilege 3
}
/// The first word of a segment. A selector that cannot be loaded is a SIGSEGV.
unsigned word_through(unsigned entry) {
    unsigned word;
    asm volatile("movw %w1, %%fs; movl %%fs:0, %0; movw %w2, %%fs"
                 : "=&r"(word)
                 : "r"(selector(entry)), "r"(0)
                 : "memory");
    return word;
}

int status_of(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

unsigned first = 0x11111111, second = 0x22222222, third = 0x33333333;

void without_a_table_nothing_is_read() {
    char table[64];
    memset(table, 0x5A, sizeof table);
    CHECK_EQ(modify_ldt(READ, table, sizeof table), 0);
    CHECK_EQ(table[0], 0x5A);
    if (is_edition("2.4.0")) {  // it has no function for the default table
        CHECK_FAILS(modify_ldt(READ_DEFAULT, table, 8), ENOSYS);
        return;
    }
    CHECK_EQ(modify_ldt(READ_DEFAULT, table, 8), 8);
    CHECK_EQ(table[0], 0);
    CHECK_EQ(table[7], 0);
    CHECK_EQ(table[8], 0x5A);
}

void wrong_records_are_refused() {
    user_desc record = {0, 0, 0xFFFFF, SEG_32BIT};
    CHECK_FAILS(modify_ldt(3, &record, sizeof record), ENOSYS);
    CHECK_FAILS(modify_ldt(WRITE, &record, 15), EINVAL);
    CHECK_FAILS(modify_ldt(WRITE, &record, 17), EINVAL);
    CHECK_FAILS(modify_ldt(WRITE, nullptr, sizeof record), EFAULT);
    CHECK_FAILS(write_entry(8192, 0, 1, SEG_32BIT), EINVAL);
    CHECK_FAILS(write_entry(0, 0, 1, SEG_32BIT | CONTENTS_CONFORMING), EINVAL);
    CHECK_FAILS(write_entry(0, 0, 1, SEG_32BIT | CONTENTS_CONFORMING | SEG_NOT_PRESENT, WRITE_OLD), EINVAL);
    CHECK_EQ(modify_ldt(READ, &record, sizeof record), 0);  // still no table
}

int load_entry_2() {
    return static_cast<int>(word_through(2));
}

void a_written_segment_can_be_used() {
    CHECK_EQ(point_at(0, &first), 0);
    CHECK_EQ(point_at(1, &second), 0);
    CHECK_EQ(word_through(0), first);
    CHECK_EQ(word_through(1), second);
    CHECK_EQ(point_at(1, &third), 0);
    CHECK_EQ(word_through(1), third);
    CHECK_EQ(status_of(load_entry_2), SIGSEGV);  // inside the table, but empty
}

void the_table_grows_and_keeps_its_entries() {
    CHECK_EQ(point_at(600, &second), 0);
    CHECK_EQ(word_through(600), second);
    CHECK_EQ(word_through(0), first);
    CHECK_EQ(point_at(8191, &third), 0);
    CHECK_EQ(word_through(8191), third);
    CHECK_EQ(word_through(600), second);
    CHECK_EQ(word_through(0), first);
}

/// Descriptors as the processor has them (Intel SDM vol. 3, 3.4.5), without the accessed bit.
unsigned high_word(unsigned entry) {
    static unsigned table[8192 * 2];
    CHECK_EQ(modify_ldt(READ, table, sizeof table), sizeof table);
    return table[entry * 2 + 1] & ~0x100u;
}

void descriptors_say_what_was_asked() {
    CHECK_EQ(write_entry(3, 0x12345678, 0xABCDE, SEG_32BIT | LIMIT_IN_PAGES | USEABLE), 0);
    CHECK_EQ(high_word(3), 0x12DAF234);
    CHECK_EQ(write_entry(3, 0x12345678, 0xABCDE, SEG_32BIT | LIMIT_IN_PAGES | USEABLE, WRITE_OLD), 0);
    CHECK_EQ(high_word(3), 0x12CAF234);
    CHECK_EQ(write_entry(3, 0, 0xFFFFF, SEG_32BIT | CONTENTS_CODE | READ_EXEC_ONLY | LIMIT_IN_PAGES), 0);
    CHECK_EQ(high_word(3), 0x00CFF800);
    CHECK_EQ(write_entry(3, 0, 0, READ_EXEC_ONLY | SEG_NOT_PRESENT), 0);  // the pattern that clears
    CHECK_EQ(high_word(3), 0);
    CHECK_EQ(write_entry(3, 0, 0, SEG_32BIT), 0);
    CHECK_EQ(high_word(3), 0x0040F200);
    CHECK_EQ(write_entry(3, 0, 0, SEG_32BIT, WRITE_OLD), 0);  // old style: no base and no limit clear
    CHECK_EQ(high_word(3), 0);
}

void longer_reads_than_the_table_end_in_zeros() {
    auto* table = static_cast<unsigned char*>(malloc(70000));
    memset(table, 0x5A, 70000);
    CHECK_EQ(modify_ldt(READ, table, 70000), 65536);
    CHECK_EQ(table[65536], 0x5A);
    CHECK_EQ(modify_ldt(READ, table, 12), 12);
    CHECK_FAILS(modify_ldt(READ, reinterpret_cast<void*>(16), 4096), EFAULT);
    free(table);
}

asm(R"(
    .globl ldt_code_begin, ldt_code_end
ldt_code_begin:
    movl $0x600DC0DE, %eax
    lret
ldt_code_end:
)");
extern "C" const char ldt_code_begin[], ldt_code_end[];

/// Calls offset 0 of a code segment that begins at the routine above.
void code_runs_in_a_segment_of_the_table() {
    const unsigned length = static_cast<unsigned>(ldt_code_end - ldt_code_begin);
    CHECK_EQ(
        write_entry(4, reinterpret_cast<unsigned>(ldt_code_begin), length - 1, SEG_32BIT | CONTENTS_CODE), 0);
    const struct __attribute__((packed)) {
        unsigned offset;
        unsigned short selector;
    } target = {0, static_cast<unsigned short>(selector(4))};
    unsigned result = 0;
    asm volatile("lcall *%1" : "=a"(result) : "m"(target) : "memory");
    CHECK_EQ(result, 0x600DC0DE);
}

int child_changes_its_copy() {
    if (word_through(0) != first) return 1;
    if (point_at(0, &second) || word_through(0) != second) return 2;
    return 0;
}
void a_child_has_a_copy_of_its_own() {
    CHECK_EQ(status_of(child_changes_its_copy), 0);
    CHECK_EQ(word_through(0), first);
}

/// Two processes with different words behind the same selector, while the processor goes to and fro.
int look_again_and_again(const unsigned& word) {
    if (point_at(5, &word)) return 1;
    for (int i = 0; i < 200; i++) {
        if (word_through(5) != word) return 2;
        syscall(__NR_sched_yield);
    }
    return 0;
}
void switches_between_processes_load_their_tables() {
    pid_t children[2];
    const unsigned* words[2] = {&second, &third};
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) _exit(look_again_and_again(*words[i]));
    }
    CHECK_EQ(look_again_and_again(first), 0);
    for (const pid_t child : children) {
        int status = -1;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, 0);
    }
}

volatile int thread_found, thread_alive;
int use_shared_table(void*) {
    thread_found = static_cast<int>(word_through(0));
    user_desc record = {7000, reinterpret_cast<unsigned>(&third), 3, SEG_32BIT};
    __syscall(NR_modify_ldt, WRITE, reinterpret_cast<long>(&record), sizeof record);
    return 0;
}
void threads_share_the_table() {
    constexpr int THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    char* stack = static_cast<char*>(malloc(16384)) + 16384;
    thread_alive = 1;
    CHECK(clone(use_shared_table, stack, THREAD | CLONE_CHILD_CLEARTID, nullptr, nullptr, nullptr,
                const_cast<int*>(&thread_alive)) > 0);
    for (int i = 0; i < 500 && thread_alive; i++)
        usleep(10000);
    CHECK_EQ(thread_alive, 0);
    CHECK_EQ(thread_found, first);
    CHECK_EQ(word_through(7000), third);
}

/// A fault in a segment of the table is told as any other; the handler runs in the flat one.
int fault_outside_the_flat_segment() {
    const unsigned base = reinterpret_cast<unsigned>(&first);
    if (write_entry(6, base & ~0xFFFu, 0, SEG_32BIT | SEG_NOT_PRESENT)) return 1;
    word_through(6);
    return 2;
}

/// The 2.6 rule: the table is copied into the new program. Its addresses mean nothing there, its entry does.
int after_exec() {
    char entry[8];
    return modify_ldt(READ, entry, sizeof entry) == 8 && entry[5] != 0 ? 0 : 3;
}
int exec_again() {
    char* const argv[] = {const_cast<char*>("ldt"), const_cast<char*>("after-exec"), nullptr};
    char* const envp[] = {nullptr};
    execve("/tests/ldt", argv, envp);
    return 4;
}
bool linux_2_6() {
    return access("/tests/ldt", F_OK) == 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && strcmp(argv[1], "after-exec") == 0) return after_exec();
    without_a_table_nothing_is_read();
    wrong_records_are_refused();
    a_written_segment_can_be_used();
    the_table_grows_and_keeps_its_entries();
    descriptors_say_what_was_asked();
    longer_reads_than_the_table_end_in_zeros();
    code_runs_in_a_segment_of_the_table();
    a_child_has_a_copy_of_its_own();
    switches_between_processes_load_their_tables();
    threads_share_the_table();
    CHECK_EQ(status_of(fault_outside_the_flat_segment), SIGBUS);
    if (linux_2_6() && !is_2_4()) CHECK_EQ(status_of(exec_again), 0);
    return verdict("ldt");
}
