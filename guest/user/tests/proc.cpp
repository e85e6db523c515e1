// SPDX-License-Identifier: GPL-2.0-or-later
// /proc: what it says of this process, compared with what the process knows of itself.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/edition.h"

namespace {
char text[16384];
const char* command;  // as this program was started

long load(const char* path) {
    const int fd = open(path, O_RDONLY);
    long length = 0, got = 0;
    while ((got = read(fd, text + length, sizeof(text) - 1 - static_cast<size_t>(length))) > 0)
        length += got;
    if (fd >= 0) close(fd);
    text[got < 0 ? 0 : length] = '\0';
    return got < 0 ? -1 : length;
}

/// The number behind `name` in `text`.
long number(const char* name) {
    const char* at = strstr(text, name);
    return at ? strtol(at + strlen(name), nullptr, 10) : -1;
}

void links_and_directories() {
    char target[64] = {}, pid[16];
    snprintf(pid, sizeof(pid), "%d", getpid());
    CHECK_EQ(readlink("/proc/self", target, sizeof(target)), static_cast<long>(strlen(pid)));
    CHECK_TEXT(target, pid);
    memset(target, 0, sizeof(target));
    CHECK_EQ(readlink("/proc/self/exe", target, sizeof(target)), 11);
    CHECK_TEXT(target, "/tests/proc");
    CHECK_FAILS(open("/proc/99999", O_RDONLY), ENOENT);
    CHECK_FAILS(open("/proc/01", O_RDONLY), ENOENT);
    CHECK_FAILS(open("/proc/1/none", O_RDONLY), ENOENT);
    CHECK_FAILS(open("/proc/1/maps", O_WRONLY), EROFS);
}

/// Columns as Linux 2.6.28 prints them: the name stands from column 49 on.
void maps() {
    char* pages = static_cast<char*>(mmap(nullptr, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    const int fd = open("/share/pages.txt", O_RDONLY);
    char* mapped = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 8192));
    char* shared = static_cast<char*>(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0));
    CHECK(load("/proc/self/maps") > 0);
    char wanted[80];
    snprintf(wanted, sizeof(wanted), "%08lx-%08lx r--p", reinterpret_cast<unsigned long>(pages),
             reinterpret_cast<unsigned long>(pages) + 3 * 4096);
    CHECK(strstr(text, wanted) != nullptr);
    snprintf(wanted, sizeof(wanted), "%08lx-%08lx r-xp 00002000 00:01 ",
             reinterpret_cast<unsigned long>(mapped), reinterpret_cast<unsigned long>(mapped) + 4096);
    CHECK(strstr(text, wanted) != nullptr);
    snprintf(wanted, sizeof(wanted), "%08lx-%08lx r--s 00000000 00:01 ",
             reinterpret_cast<unsigned long>(shared), reinterpret_cast<unsigned long>(shared) + 4096);
    CHECK(strstr(text, wanted) != nullptr);
    int names = 0;
    for (const char* line = text; *line; line = strchr(line, '\n') + 1) {
        const char* end = strchr(line, '\n');
        const char* name = line;
        while (name < end && *name != '/' && *name != '[')
            name++;
        if (name == end) continue;
        CHECK_EQ(name - line, 49);
        names++;
    }
    CHECK(names >= 5);
    munmap(pages, 3 * 4096);
    munmap(mapped, 4096);
    munmap(shared, 4096);
    close(fd);
}

/// A thousand areas: more text than one buffer holds, read in odd pieces.
void many_areas() {
    constexpr int kAreas = 1000;
    char* memory =
        static_cast<char*>(mmap(nullptr, 2 * kAreas * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (int i = 0; i < kAreas; i++)
        mprotect(memory + (2 * i + 1) * 4096, 4096, PROT_READ | PROT_WRITE);
    const int fd = open("/proc/self/maps", O_RDONLY);
    char piece[777];
    long lines = 0, got = 0, size = 0;
    while ((got = read(fd, piece, sizeof(piece))) > 0) {
        size += got;
        for (long i = 0; i < got; i++)
            lines += piece[i] == '\n';
    }
    CHECK(lines >= 2 * kAreas && lines < 2 * kAreas + 20);
    CHECK_EQ(lseek(fd, size - 1, SEEK_SET), size - 1);
    CHECK_EQ(read(fd, piece, sizeof(piece)), 1);
    CHECK_EQ(piece[0], '\n');
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, piece, 9), 9);
    CHECK_EQ(memcmp(piece, "08048000-", 9), 0);
    close(fd);
    munmap(memory, 2 * kAreas * 4096);
}

void status() {
    CHECK(load("/proc/self/status") > 0);
    const long size = number("\nVmSize:"), rss = number("\nVmRSS:"), data = number("\nVmData:");
    CHECK_EQ(strncmp(text, "Name:\tproc\nState:\tR (running)\nTgid:\t", 36), 0);
    CHECK_EQ(number("\nPid:"), getpid());
    CHECK_EQ(number("\nPPid:"), getppid());
    CHECK_EQ(number("\nThreads:"), 1);
    CHECK(strstr(text, "\nVmExe:\t") != nullptr && number("\nVmLib:") == 0);
    char* memory = static_cast<char*>(
        mmap(nullptr, 40 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    memset(memory, 1, 10 * 4096);
    load("/proc/self/status");
    CHECK_EQ(number("\nVmSize:") - size, 160);
    CHECK_EQ(number("\nVmData:") - data, 160);
    CHECK_EQ(number("\nVmRSS:") - rss, 40);
    munmap(memory, 40 * 4096);
    load("/proc/self/status");
    CHECK_EQ(number("\nVmSize:"), size);
    if (is_2_4()) {  // it remembers no peaks
        CHECK_EQ(number("\nVmPeak:"), -1);
        CHECK_EQ(number("\nVmHWM:"), -1);
        return;
    }
    CHECK_EQ(number("\nVmPeak:"), size + 160);
    CHECK(number("\nVmHWM:") >= rss + 40);
}

void signals_in_status() {
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, [](int) {});
    const sigset_t blocked = 1ull << (SIGTERM - 1);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    kill(getpid(), SIGTERM);
    load("/proc/self/status");
    CHECK(
        strstr(text, "\nShdPnd:\t0000000000004000\nSigBlk:\t0000000000004000\nSigIgn:\t0000000000000200\n") !=
        nullptr);
    CHECK(strstr(text, "\nSigCgt:\t0000000000000800\n") != nullptr);
    signal(SIGTERM, SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
}

void stat_line() {
    CHECK(load("/proc/self/stat") > 0);
    int fields = 1;
    for (const char* p = text; *p; p++)
        fields += *p == ' ';
    CHECK_EQ(fields, 44);
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "%d (proc) R %d ", getpid(), getppid());
    CHECK_EQ(strncmp(text, wanted, strlen(wanted)), 0);
    CHECK(load("/proc/self/statm") > 0);
    CHECK(load("/proc/self/cmdline") > 0);
    CHECK_TEXT(text, command);
    CHECK(load("/proc/self/environ") >= 0);
    if (environ[0]) CHECK_TEXT(text, environ[0]);
    if (is_2_4()) {  // the vector is on the stack alone
        CHECK_FAILS(open("/proc/self/auxv", O_RDONLY), ENOENT);
        return;
    }
    CHECK(load("/proc/self/auxv") > 0);
    const unsigned long* vector = reinterpret_cast<unsigned long*>(text);
    while (vector[0] != AT_NULL && vector[0] != AT_ENTRY)
        vector += 2;
    CHECK_EQ(vector[1], getauxval(AT_ENTRY));
}

/// A child that sleeps, then is dead, then is gone, seen from its parent through files opened before.
void another_process() {
    char path[64];
    const pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    sched_yield();
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    while (load(path) > 0 && !strstr(text, "S (sleeping)"))
        sched_yield();
    CHECK_EQ(number("\nPPid:"), getpid());
    CHECK(number("\nVmSize:") > 0);
    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    CHECK(load(path) > 0);
    CHECK_TEXT(text, command);
    snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    const int maps_of_child = open(path, O_RDONLY);
    kill(pid, SIGKILL);
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    while (load(path) > 0 && !strstr(text, "Z (zombie)"))
        sched_yield();
    CHECK_EQ(number("\nVmSize:"), -1);
    CHECK_EQ(read(maps_of_child, text, sizeof(text)), 0);
    CHECK_EQ(waitpid(pid, nullptr, 0), pid);
    CHECK_FAILS(read(maps_of_child, text, sizeof(text)), ESRCH);
    CHECK_FAILS(open(path, O_RDONLY), ENOENT);
    close(maps_of_child);
}

void the_whole_machine() {
    CHECK(load("/proc/meminfo") > 0);
    const long total = number("MemTotal:"), unused = number("MemFree:");
    CHECK(total > 0 && unused > 0 && unused < total);
    CHECK_EQ(strncmp(text, "MemTotal:  ", 11), 0);
    CHECK(load("/proc/slabinfo") > 0);
    CHECK_EQ(strncmp(text, "slabinfo - version: 2.1\n# name  ", 32), 0);
    CHECK(strstr(text, "\nvm_area_struct ") != nullptr && strstr(text, "\nmm_struct ") != nullptr);
    CHECK(load("/proc/version") > 0);
    utsname name;
    CHECK_EQ(uname(&name), 0);
    CHECK_EQ(strncmp(text, "Linux version ", 14), 0);
    CHECK_EQ(strncmp(text + 14, name.release, strlen(name.release)), 0);
    CHECK(load("/proc/cmdline") >= 0);
    CHECK(load("/proc/uptime") > 0);
    CHECK(load("/proc/vmstat") > 0);
    const long faults = number("pgfault ");
    char* page =
        static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    *page = 1;
    load("/proc/vmstat");
    CHECK(number("pgfault ") > faults);
    munmap(page, 4096);
}
}  // namespace

int main(int, char** argv) {
    command = argv[0];
    links_and_directories();
    maps();
    status();
    many_areas();
    signals_in_status();
    stat_line();
    another_process();
    the_whole_machine();
    return verdict("proc");
}
