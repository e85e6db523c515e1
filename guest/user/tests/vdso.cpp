// SPDX-License-Identifier: GPL-2.0-or-later
// The page of code that the kernel lends: where it is, what it does, and that nobody can change it for
// others. Also runs on a Linux host, where it may have more pages.
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "tests/mm_probe.h"

namespace {

using namespace probe;

constexpr long kSigaction = 67, kRtSigaction = 174, kGetpid = 20;

char* base;               // of the page; null: there is none
unsigned long came_from;  // where the last handler returned to

bool is_lent(unsigned long address) {
    return address - reinterpret_cast<unsigned long>(base) < 2 * kPage;
}

void it_is_a_shared_object() {
    CHECK_EQ(memcmp(base, "\177ELF", 4), 0);
}

void it_is_in_maps() {
    load("/proc/self/maps");
    const char* at = strstr(text, "[vdso]\n");
    CHECK(at != nullptr);
    while (at && at > text && at[-1] != '\n')
        at--;
    CHECK_EQ(at ? strtoul(at, nullptr, 16) : 0, reinterpret_cast<unsigned long>(base));
    CHECK_EQ(at ? memcmp(at + 17, " r-xp ", 6) : 1, 0);
}

long call(long number) {
    const unsigned long entry = getauxval(AT_SYSINFO);
    CHECK(is_lent(entry));
    long result;
    asm volatile("call *%1" : "=a"(result) : "r"(entry), "0"(number) : "memory", "ecx", "edx");
    return result;
}

void system_calls_go_through_it() {
    CHECK_EQ(call(kGetpid), getpid());
    CHECK_EQ(failures_in_child([] { CHECK_EQ(call(kGetpid), getpid()); }), 0);
}

void note_return(int) {
    came_from = reinterpret_cast<unsigned long>(__builtin_return_address(0));
}

/// Handlers without a way back of their own, in both forms of the frame.
void handlers_return_through_it() {
    struct {
        void (*handler)(int);
        unsigned long mask, flags;
        void (*restorer)();
    } old_form{note_return, 0, 0, nullptr};
    came_from = 0;
    CHECK_EQ(syscall(kSigaction, SIGUSR1, &old_form, nullptr), 0);
    raise(SIGUSR1);
    CHECK(is_lent(came_from));
    struct {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)();
        unsigned long mask[2];
    } form{note_return, SA_SIGINFO, nullptr, {}};
    const unsigned long before = came_from;
    came_from = 0;
    CHECK_EQ(syscall(kRtSigaction, SIGUSR2, &form, nullptr, 8), 0);
    raise(SIGUSR2);
    CHECK(is_lent(came_from));
    CHECK(came_from != before);
}

void whoever_changes_it_changes_his_own() {
    volatile char* byte = base + 8;  // of the header's filling
    CHECK_EQ(*byte, 0);
    CHECK_EQ(failures_in_child([] {
                 CHECK_EQ(mprotect(base, kPage, PROT_READ | PROT_WRITE | PROT_EXEC), 0);
                 base[8] = 5;
                 CHECK_EQ(base[8], 5);
                 CHECK_EQ(call(kGetpid), getpid());
                 CHECK_EQ(failures_in_child([] { CHECK_EQ(base[8], 5); }), 0);
             }),
             0);
    CHECK_EQ(*byte, 0);
}

}  // namespace

int main() {
    base = reinterpret_cast<char*>(getauxval(AT_SYSINFO_EHDR));
    if (base) {  // a host may be without it
        it_is_a_shared_object();
        if (since_2_6_28()) it_is_in_maps();
        system_calls_go_through_it();
        handlers_return_through_it();
        if (is_edition("2.6.28")) whoever_changes_it_changes_his_own();  // newer ones may refuse
    }
    if (on_this_kernel()) CHECK_EQ(base != nullptr, !is_2_4());
    return verdict("vdso");
}
