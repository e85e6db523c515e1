// SPDX-License-Identifier: GPL-2.0-or-later
// Exceptions of user mode as signals: number, code, address, and what the handler sees of the fault. Also
// runs on a Linux host.
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

constexpr int SI_KERNEL = 0x80, FPE_INTDIV = 1, ILL_ILLOPN = 2, TRAP_TRACE = 2;
constexpr unsigned long PF_PROT = 1, PF_WRITE = 2, PF_USER = 4;

siginfo_t last_info;
unsigned long last_trapno, last_error, last_cr2, last_eip;
jmp_buf way_out;

void note_fault(int, siginfo_t* info, void* context) {
    const sigcontext& c = static_cast<ucontext_t*>(context)->uc_mcontext;
    last_info = *info;
    last_trapno = c.trapno;
    last_error = c.err;
    last_cr2 = c.cr2;
    last_eip = c.eip;
    longjmp(way_out, 1);
}

/// Runs `action` and says which signal it raised; 0: none.
template <class Action>
int signal_of(Action action) {
    memset(&last_info, 0, sizeof(last_info));
    last_trapno = last_error = last_cr2 = 0;
    if (setjmp(way_out)) return last_info.si_signo;
    action();
    return 0;
}

char* map(int protection) {
    return static_cast<char*>(mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void an_unmapped_address_is_maperr() {
    static volatile char* volatile nowhere = reinterpret_cast<volatile char*>(0x10);
    CHECK_EQ(signal_of([] { (void)*nowhere; }), SIGSEGV);
    CHECK_EQ(last_info.si_code, SEGV_MAPERR);
    CHECK(last_info.si_addr == reinterpret_cast<void*>(0x10));
    CHECK_EQ(last_cr2, 0x10);
    CHECK_EQ(last_trapno, 14);
    CHECK_EQ(last_error & 7, PF_USER);
    CHECK_EQ(signal_of([] { *nowhere = 1; }), SIGSEGV);
    CHECK_EQ(last_error & 7, PF_USER | PF_WRITE);
}

void a_wrong_access_is_accerr() {
    static volatile char* page;
    page = map(PROT_READ);
    (void)page[5];
    CHECK_EQ(signal_of([] { page[5] = 1; }), SIGSEGV);
    CHECK_EQ(last_info.si_code, SEGV_ACCERR);
    CHECK(last_info.si_addr == const_cast<char*>(page) + 5);
    CHECK_EQ(last_error & 7, PF_USER | PF_WRITE | PF_PROT);
    page = map(PROT_NONE);
    CHECK_EQ(signal_of([] { (void)page[7]; }), SIGSEGV);
    CHECK_EQ(last_info.si_code, SEGV_ACCERR);
    CHECK_EQ(last_error & 6, PF_USER);
}

void the_kernels_memory_is_out_of_reach() {
    static volatile char* volatile kernel = reinterpret_cast<volatile char*>(0xFFFFFFF0);
    CHECK_EQ(signal_of([] { (void)*kernel; }), SIGSEGV);
    CHECK_EQ(signal_of([] { *kernel = 0; }), SIGSEGV);
    CHECK_EQ(signal_of([] { reinterpret_cast<void (*)()>(0xFFFFFFF0)(); }), SIGSEGV);
    CHECK_EQ(last_eip, 0xFFFFFFF0);
}

void arithmetic_and_opcodes() {
    CHECK_EQ(signal_of([] {
                 asm volatile("xorl %%eax, %%eax; cltd; idivl %%eax" : : : "eax", "edx", "cc");
             }),
             SIGFPE);
    CHECK_EQ(last_info.si_code, FPE_INTDIV);
    CHECK_EQ(last_trapno, 0);
    CHECK(last_info.si_addr == reinterpret_cast<void*>(last_eip));
    CHECK_EQ(signal_of([] { asm volatile("ud2"); }), SIGILL);
    CHECK_EQ(last_info.si_code, ILL_ILLOPN);
    CHECK_EQ(last_trapno, 6);
    CHECK(last_info.si_addr == reinterpret_cast<void*>(last_eip));
}

void traps() {
    CHECK_EQ(signal_of([] { asm volatile("int3"); }), SIGTRAP);
    CHECK_EQ(last_trapno, 3);
    CHECK_EQ(signal_of([] {
                 asm volatile("pushfl; orl $0x100, (%%esp); popfl; nop; nop" : : : "cc", "memory");
             }),
             SIGTRAP);
    CHECK_EQ(last_info.si_code, TRAP_TRACE);
    CHECK_EQ(last_trapno, 1);
    CHECK_EQ(signal_of([] {
                 asm volatile("movl $0x7fffffff, %%eax; incl %%eax; into" : : : "eax", "cc");
             }),
             SIGSEGV);
    CHECK_EQ(last_trapno, 4);
}

/// What only the kernel may do is a general protection fault.
void privileged_instructions_are_refused() {
    CHECK_EQ(signal_of([] { asm volatile("hlt"); }), SIGSEGV);
    CHECK_EQ(last_info.si_code, SI_KERNEL);
    CHECK_EQ(last_trapno, 13);
    CHECK_EQ(signal_of([] { asm volatile("cli"); }), SIGSEGV);
    CHECK_EQ(signal_of([] { asm volatile("outb %%al, $0x80" : : "a"(0)); }), SIGSEGV);
    CHECK_EQ(signal_of([] { asm volatile("movl %%eax, %%cr3" : : "a"(0)); }), SIGSEGV);
    CHECK_EQ(signal_of([] { asm volatile("int $0x20"); }), SIGSEGV);
    CHECK_EQ(last_error, 0x20u * 8 + 2);
    CHECK_EQ(signal_of([] { asm volatile("int $0x0e"); }), SIGSEGV);
    CHECK_EQ(signal_of([] { asm volatile("movw %w0, %%ds" : : "r"(0x68)); }), SIGSEGV);
    CHECK_EQ(last_error, 0x68);
    CHECK_EQ(signal_of([] { asm volatile("ljmp $0x60, $0"); }), SIGSEGV);
}

void unmasked_fpu_exceptions_are_sigfpe() {
    static const unsigned short control = 0x037B;  // all masked but division by zero
    CHECK_EQ(signal_of([] {
                 asm volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control));
             }),
             SIGFPE);
    CHECK_EQ(last_info.si_code, 3);  // FPE_FLTDIV
    CHECK_EQ(last_trapno, 16);
    asm volatile("fninit");
}

volatile int* volatile null_pointer = nullptr;
void write_to_null() {
    *null_pointer = 1;
}

int status_of(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

void nothing_stops_a_fault_from_killing() {
    CHECK_EQ(status_of([] {
                 signal(SIGSEGV, SIG_DFL);
                 write_to_null();
                 return 0;
             }) & 0x7F,
             SIGSEGV);
    CHECK_EQ(status_of([] {
                 signal(SIGSEGV, SIG_IGN);
                 write_to_null();
                 return 0;
             }) & 0x7F,
             SIGSEGV);
    CHECK_EQ(status_of([] {
                 const sigset_t all = ~0ull;
                 sigprocmask(SIG_SETMASK, &all, nullptr);
                 write_to_null();
                 return 0;
             }) & 0x7F,
             SIGSEGV);
}

void catch_all() {
    struct sigaction action {};
    action.sa_sigaction = note_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    for (const int signal : faults)
        sigaction(signal, &action, nullptr);
}

}  // namespace

int main() {
    catch_all();
    an_unmapped_address_is_maperr();
    a_wrong_access_is_accerr();
    the_kernels_memory_is_out_of_reach();
    arithmetic_and_opcodes();
    traps();
    privileged_instructions_are_refused();
    unmasked_fpu_exceptions_are_sigfpe();
    nothing_stops_a_fault_from_killing();
    return verdict("faults");
}
