// SPDX-License-Identifier: GPL-2.0-or-later
// Core dumps: when there is a file, what it is called, and which areas it has. What is in it, a debugger of
// the host says.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/edition.h"

namespace {

constexpr long NR_prctl = 172, NR_unlink = 10;
constexpr int PR_SET_DUMPABLE = 4;
constexpr int CORE = 0x80;

struct elf_header {
    unsigned char ident[16];
    unsigned short type, machine;
    unsigned version, entry, phoff, shoff, flags;
    unsigned short ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct program_header {
    unsigned type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

void limit_core(unsigned long bytes) {
    const rlimit limit = {bytes, RLIM_INFINITY};
    CHECK_EQ(setrlimit(RLIMIT_CORE, &limit), 0);
}

/// The status of a child that runs `body` with this limit.
int fate(void (*body)(), unsigned long limit = RLIM_INFINITY, pid_t* who = nullptr) {
    syscall(NR_unlink, "core");
    const pid_t pid = fork();
    if (pid == 0) {
        limit_core(limit);
        body();
        _exit(0);
    }
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    if (who) *who = pid;
    return status;
}

/// Bytes of a file; -1: there is none.
long size_of(const char* name) {
    const int fd = open(name, O_RDONLY);
    if (fd < 0) return -1;
    const long size = lseek(fd, 0, SEEK_END);
    close(fd);
    return size;
}

program_header headers[64];
unsigned load_headers(const char* name) {
    elf_header elf = {};
    const int fd = open(name, O_RDONLY);
    CHECK_EQ(read(fd, &elf, sizeof elf), sizeof elf);
    CHECK_EQ(memcmp(elf.ident, "\177ELF\1\1\1", 7), 0);
    CHECK_EQ(elf.type, 4);  // ET_CORE
    CHECK_EQ(elf.machine, 3);
    CHECK(elf.phnum <= 64);
    CHECK_EQ(read(fd, headers, elf.phnum * sizeof headers[0]), elf.phnum * sizeof headers[0]);
    close(fd);
    return elf.phnum;
}
/// The bytes that the core file has of the area at an address; -1: no such area.
long dumped_of(const char* name, const volatile void* address) {
    const unsigned count = load_headers(name), at = reinterpret_cast<unsigned>(address);
    for (unsigned i = 0; i < count; i++)
        if (headers[i].type == 1 && headers[i].vaddr <= at && at < headers[i].vaddr + headers[i].memsz)
            return static_cast<long>(headers[i].filesz);
    return -1;
}

void write_to_null() {
    *static_cast<volatile int*>(nullptr) = 1;
}
void abort_itself() {
    kill(getpid(), SIGABRT);
}
void terminate_itself() {
    kill(getpid(), SIGTERM);
}
void undumpable() {
    syscall(NR_prctl, PR_SET_DUMPABLE, 0);
    write_to_null();
}

void a_fatal_fault_leaves_a_core_file() {
    CHECK_EQ(fate(write_to_null), SIGSEGV | CORE);
    CHECK(size_of("core") > 8192);
    CHECK_EQ(fate(abort_itself), SIGABRT | CORE);
    CHECK(size_of("core") > 8192);
}

void some_leave_none() {
    CHECK_EQ(fate(terminate_itself), SIGTERM);
    CHECK_EQ(size_of("core"), -1);
    CHECK_EQ(fate(undumpable), SIGSEGV);
    CHECK_EQ(size_of("core"), -1);
    CHECK_EQ(fate(write_to_null, 0), SIGSEGV);
    CHECK_EQ(fate(write_to_null, 4095), SIGSEGV);
    CHECK_EQ(size_of("core"), -1);
}

void the_limit_cuts_the_file() {
    CHECK_EQ(fate(write_to_null, 12288), SIGSEGV | CORE);
    const long size = size_of("core");
    CHECK(size > 0 && size <= 12288);
}

volatile char* private_memory;
volatile char* shared_memory;
volatile char* untouched;
void map_and_die() {
    constexpr int kBoth = 3;  // PROT_READ and PROT_WRITE
    private_memory[0] = 'p';
    private_memory[4096] = 'q';
    shared_memory[0] = 's';
    CHECK_EQ(mprotect(const_cast<char*>(untouched), 8192, kBoth), 0);
    write_to_null();
}
void filter_shared_only() {
    const int fd = open("/proc/self/coredump_filter", O_WRONLY);
    CHECK_EQ(write(fd, "2", 1), 1);
    close(fd);
    map_and_die();
}
volatile char* map(int flags) {
    void* at = mmap(nullptr, 8192, PROT_READ | PROT_WRITE, flags + MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    return static_cast<volatile char*>(at);
}

char byte_at(const char* name, const volatile char* address) {
    const unsigned count = load_headers(name), at = reinterpret_cast<unsigned>(address);
    char byte = '?';
    const int fd = open(name, O_RDONLY);
    for (unsigned i = 0; i < count; i++) {
        if (headers[i].type != 1 || headers[i].vaddr > at || at >= headers[i].vaddr + headers[i].filesz)
            continue;
        lseek(fd, static_cast<off_t>(headers[i].offset + at - headers[i].vaddr), SEEK_SET);
        read(fd, &byte, 1);
    }
    close(fd);
    return byte;
}

void the_filter_selects_areas() {
    private_memory = map(MAP_PRIVATE);
    shared_memory = map(MAP_SHARED);
    untouched = map(MAP_PRIVATE);
    mprotect(const_cast<char*>(untouched), 8192, PROT_NONE);  // so that they do not become one area
    CHECK_EQ(fate(map_and_die), SIGSEGV | CORE);
    CHECK(dumped_of("core", private_memory) >= 8192);
    CHECK_EQ(byte_at("core", private_memory), 'p');
    CHECK_EQ(byte_at("core", private_memory + 4096), 'q');
    CHECK_EQ(byte_at("core", private_memory + 4097), 0);
    const bool shared_too = since_2_6_28() || is_2_4();
    CHECK_EQ(dumped_of("core", shared_memory), shared_too ? 8192 : 0);
    if (shared_too) CHECK_EQ(byte_at("core", shared_memory), 's');
    CHECK_EQ(dumped_of("core", reinterpret_cast<void*>(0x08048000)), 0);  // the program's file has it
    if (!since_2_6_28()) return;                                          // there is no filter yet
    CHECK_EQ(fate(filter_shared_only), SIGSEGV | CORE);
    CHECK_EQ(dumped_of("core", private_memory), 0);
    CHECK_EQ(dumped_of("core", shared_memory), 8192);
}

int sleep_for_ever(void*) {
    for (;;)
        usleep(1000000);
}
void die_among_threads() {
    constexpr int THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    for (int i = 0; i < 3; i++)
        clone(sleep_for_ever, static_cast<char*>(malloc(16384)) + 16384, THREAD, nullptr);
    usleep(30000);
    write_to_null();
}
/// Five threads' registers: one more PT_NOTE entry each.
void threads_stop_first() {
    pid_t pid;
    CHECK_EQ(fate(die_among_threads, RLIM_INFINITY, &pid), SIGSEGV | CORE);
    CHECK_EQ(size_of("core"), -1);
    char name[32];
    snprintf(name, sizeof name, "core.%d", pid);
    CHECK(size_of(name) > 8192);
    const unsigned count = load_headers(name);
    CHECK(count > 3);
    CHECK_EQ(headers[0].type, 4);  // PT_NOTE
    if (is_2_4()) {                // the others go on, and the vector is on the stack alone
        CHECK_EQ(headers[0].filesz, 20 + 124 + 20 + 144);
        syscall(NR_unlink, name);
        return;
    }
    const unsigned auxv = since_2_6_28() ? 176 : 168;  // 44 words, or 42
    const unsigned notes_of_one = 20 + 124 + 20 + auxv + 20 + 144;
    CHECK_EQ(headers[0].filesz, notes_of_one + 3 * (20 + 144));
    syscall(NR_unlink, name);
}

volatile pid_t* sharer;  // where all see it
void die_beside_a_sharer() {
    char* stack = static_cast<char*>(malloc(16384)) + 16384;
    *sharer = clone(sleep_for_ever, stack, int{CLONE_VM} | int{SIGCHLD}, nullptr);
    usleep(30000);
    write_to_null();
}
/// Another process that shares the memory dies with it; in 2.4 it goes on.
void sharers_die_too() {
    sharer = reinterpret_cast<volatile pid_t*>(shared_memory);
    pid_t pid;
    CHECK_EQ(fate(die_beside_a_sharer, RLIM_INFINITY, &pid), SIGSEGV | CORE);
    char name[32];
    snprintf(name, sizeof name, "core.%d", pid);
    CHECK(size_of(name) > 8192);
    syscall(NR_unlink, name);
    // As pid 1 we inherit the sharer.
    int status = -1;
    if (getpid() == 1) {
        if (is_2_4()) CHECK_EQ(kill(*sharer, SIGSEGV), 0);
        CHECK(waitpid(-1, &status, 0) > 0);
        CHECK_EQ(status & 0x7F, SIGSEGV);
    }
}

}  // namespace

int main() {
    CHECK_EQ(chdir("/tmp"), 0);
    a_fatal_fault_leaves_a_core_file();
    some_leave_none();
    the_limit_cuts_the_file();
    the_filter_selects_areas();
    threads_stop_first();
    sharers_die_too();
    syscall(NR_unlink, "core");
    return verdict("dumps");
}
