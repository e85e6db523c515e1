// SPDX-License-Identifier: GPL-2.0-or-later
// What the processor refuses to user mode, instruction by instruction: the signal, its code and its address
// are those of Linux, and whatever a program does to its registers hurts only itself. Also runs on a Linux
// host.
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

enum : int { kKernelCode = 0x80, kAnyAddress = -1, kAtInstruction = -2 };

struct trap_case {
    const char* name;
    void (*run)();
    int signal, code;
    long address;  // si_addr; kAtInstruction: the context's EIP
};

// Instructions that only the kernel may use.
void clear_interrupts() {
    asm volatile("cli");
}
void halt() {
    asm volatile("hlt");
}
void read_port() {
    asm volatile("inb $0x60, %%al" : : : "eax");
}
void write_port() {
    asm volatile("outl %%eax, $0xF4" : : "a"(99));
}
void read_cr0() {
    asm volatile("mov %%cr0, %%eax" : : : "eax");
}
void write_cr3() {
    asm volatile("mov %%eax, %%cr3" : : "a"(0));
}
void load_gdt() {
    static char table[6];
    asm volatile("lgdt %0" : : "m"(table));
}
void invalidate() {
    asm volatile("invlpg (%%eax)" : : "a"(0));
}
void read_msr() {
    asm volatile("rdmsr" : : "c"(0x174) : "eax", "edx");
}

// Gates and segments that are not user mode's.
void int_timer() {
    asm volatile("int $0x20");
}
void int_page_fault() {
    asm volatile("int $14");
}
void int_unused() {
    asm volatile("int $0xF0");
}
void kernel_data_segment() {
    asm volatile("mov %0, %%ds" : : "r"(0x68));
}
void kernel_stack_segment() {
    asm volatile("mov %0, %%ss" : : "r"(0x68));
}
void selector_beyond_table() {
    asm volatile("mov %0, %%es" : : "r"(0xFFFB));
}
void local_selector() {
    asm volatile("mov %0, %%fs" : : "r"(0x07));
}
void far_jump_to_kernel() {
    asm volatile("ljmp $0x60, $0xC0100000");
}
void forged_iret() {
    asm volatile(
        "pushl $0x68\n\tpushl $0xC0000000\n\tpushl $0x3202\n\tpushl $0x60\n\tpushl $0xC0100000\n\tiret");
}

// Arithmetic, traps and breakpoints.
void divide_by_zero() {
    asm volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : : : "eax", "ecx", "edx");
}
void divide_overflow() {
    asm volatile("idivl %%ecx" : : "a"(0), "d"(1), "c"(1) : "cc");
}
void undefined() {
    asm volatile("ud2");
}
void breakpoint() {
    asm volatile("int3");
}
void overflow() {
    asm volatile("movb $0x7F, %%al\n\taddb $1, %%al\n\tinto" : : : "eax");
}
void bounds() {
    static const int limits[2] = {1, 2};
    asm volatile("boundl %0, %1" : : "r"(7), "m"(limits));
}
void single_step() {
    asm volatile("pushfl\n\torl $0x100, (%%esp)\n\tpopfl\n\tnop\n\tnop" : : : "memory", "cc");
}
void fpu_divide_by_zero() {
    const unsigned short unmasked = 0x0370;  // #Z and #I are not masked
    asm volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" : : "m"(unmasked));
}

// Memory.
void read_null() {
    asm volatile("movl 0x10, %%eax" : : : "eax");
}
void write_kernel() {
    asm volatile("movl %%eax, 0xC0100000" : : "a"(0));
}
void read_kernel() {
    asm volatile("movl 0xC0100000, %%eax" : : : "eax");
}
void jump_to_kernel() {
    asm volatile("jmp *%%eax" : : "a"(0xC0100000));
}
void jump_nowhere() {
    asm volatile("jmp *%%eax" : : "a"(0x10));
}
void write_code() {
    *reinterpret_cast<volatile char*>(&jump_nowhere) = 0;
}

constexpr trap_case cases[] = {
    {"cli", clear_interrupts, SIGSEGV, kKernelCode, 0},
    {"hlt", halt, SIGSEGV, kKernelCode, 0},
    {"in", read_port, SIGSEGV, kKernelCode, 0},
    {"out", write_port, SIGSEGV, kKernelCode, 0},
    {"mov from cr0", read_cr0, SIGSEGV, kKernelCode, 0},
    {"mov to cr3", write_cr3, SIGSEGV, kKernelCode, 0},
    {"lgdt", load_gdt, SIGSEGV, kKernelCode, 0},
    {"invlpg", invalidate, SIGSEGV, kKernelCode, 0},
    {"rdmsr", read_msr, SIGSEGV, kKernelCode, 0},
    {"int 0x20", int_timer, SIGSEGV, kKernelCode, 0},
    {"int 14", int_page_fault, SIGSEGV, kKernelCode, 0},
    {"int 0xF0", int_unused, SIGSEGV, kKernelCode, 0},
    {"kernel data segment", kernel_data_segment, SIGSEGV, kKernelCode, 0},
    {"kernel stack segment", kernel_stack_segment, SIGSEGV, kKernelCode, 0},
    {"selector beyond the table", selector_beyond_table, SIGSEGV, kKernelCode, 0},
    {"selector of no LDT", local_selector, SIGSEGV, kKernelCode, 0},
    {"far jump to the kernel", far_jump_to_kernel, SIGSEGV, kKernelCode, 0},
    {"forged iret", forged_iret, SIGSEGV, kKernelCode, 0},
    {"divide by zero", divide_by_zero, SIGFPE, 1, kAtInstruction},
    {"divide overflow", divide_overflow, SIGFPE, 1, kAtInstruction},
    {"ud2", undefined, SIGILL, 2, kAtInstruction},
    {"int3", breakpoint, SIGTRAP, kKernelCode, 0},
    {"into", overflow, SIGSEGV, kKernelCode, 0},
    {"bound", bounds, SIGSEGV, kKernelCode, 0},
    {"single step", single_step, SIGTRAP, 2, kAnyAddress},
    {"x87 divide by zero", fpu_divide_by_zero, SIGFPE, 3, kAnyAddress},
    {"read near null", read_null, SIGSEGV, SEGV_MAPERR, 0x10},
    {"write to the kernel", write_kernel, SIGSEGV, SEGV_MAPERR, static_cast<long>(0xC0100000)},
    {"read from the kernel", read_kernel, SIGSEGV, SEGV_MAPERR, static_cast<long>(0xC0100000)},
    {"jump to the kernel", jump_to_kernel, SIGSEGV, SEGV_MAPERR, static_cast<long>(0xC0100000)},
    {"jump near null", jump_nowhere, SIGSEGV, SEGV_MAPERR, 0x10},
    {"write to code", write_code, SIGSEGV, SEGV_ACCERR, reinterpret_cast<long>(&jump_nowhere)},
};

const trap_case* running;

/// In the child: is this the signal that the case is about?
void judge(int signal, siginfo_t* info, void* context) {
    const auto* registers = &static_cast<ucontext_t*>(context)->uc_mcontext;
    const long address = reinterpret_cast<long>(info->si_addr);
    const long wanted =
        running->address == kAtInstruction ? static_cast<long>(registers->eip) : running->address;
    if (signal == running->signal && info->si_code == running->code &&
        (running->address == kAnyAddress || address == wanted)) {
        _exit(0);
    }
    printf("  %s: signal %d code %d address %lx, wanted %d %d %lx\n", running->name, signal, info->si_code,
           address, running->signal, running->code, wanted);
    _exit(1);
}

int status_of(const trap_case& c, bool handled) {
    const pid_t child = fork();
    if (child == 0) {
        running = &c;
        if (handled) {
            struct sigaction action {};
            action.sa_sigaction = judge;
            action.sa_flags = SA_SIGINFO;
            constexpr int signals[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
            for (int signal : signals)
                sigaction(signal, &action, nullptr);
        }
        c.run();
        _exit(2);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

void each_trap_is_the_right_signal() {
    for (const trap_case& c : cases) {
        check_equal(status_of(c, true), 0, c.name, __LINE__);
        const int status = status_of(c, false);
        check_equal(WIFSIGNALED(status) ? WTERMSIG(status) : -1, c.signal, c.name, __LINE__);
    }
}

/// EFLAGS bits that a program sets live through system calls and do not disturb the kernel.
void flags_survive_a_system_call() {
    unsigned long direction = 0, nested = 0;
    asm volatile("std\n\tint $0x80\n\tpushfl\n\tpopl %0\n\tcld"
                 : "=r"(direction)
                 : "a"(__NR_getpid)
                 : "memory");
    CHECK((direction & 0x400) != 0);
    asm volatile(
        "pushfl\n\torl $0x4000, (%%esp)\n\tpopfl\n\tint $0x80\n\tpushfl\n\tpopl %0\n\tpushfl\n\tandl "
        "$~0x4000, (%%esp)\n\tpopfl"
        : "=r"(nested)
        : "a"(__NR_getpid)
        : "memory", "cc");
    CHECK((nested & 0x4000) != 0);
}

/// All registers but EAX come back from a system call.
void registers_survive_a_system_call() {
    unsigned long eax = __NR_getpid, ebx = 0x1111, ecx = 0x2222, edx = 0x3333, esi = 0x4444, edi = 0x5555;
    asm volatile("int $0x80" : "+a"(eax), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi) : : "memory");
    CHECK_EQ(eax, getpid());
    CHECK(ebx == 0x1111 && ecx == 0x2222 && edx == 0x3333 && esi == 0x4444 && edi == 0x5555);
}

/// The FPU's state belongs to the task: parent and child compute side by side.
void fpu_state_is_private() {
    const pid_t child = fork();
    const int factor = child == 0 ? 3 : 5;
    int sum = 0;
    for (int round = 0; round < 20; round++) {
        int result = 0;
        asm volatile("fildl %1\n\tfildl %1\n\tfmulp" : : "r"(0), "m"(factor));
        __syscall(__NR_sched_yield, 0, 0, 0, 0, 0, 0);
        asm volatile("fistpl %0" : "=m"(result));
        sum += result;
    }
    if (child == 0) _exit(sum == 20 * 9 ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    CHECK_EQ(status, 0);
    CHECK_EQ(sum, 20 * 25);
}

/// A system call with no stack at all: the kernel needs none of the program's.
void a_system_call_needs_no_stack() {
    unsigned long pid = 0;
    asm volatile("movl %%esp, %%edi\n\txorl %%esp, %%esp\n\tint $0x80\n\tmovl %%edi, %%esp"
                 : "=a"(pid)
                 : "a"(__NR_getpid)
                 : "edi", "memory");
    CHECK_EQ(pid, getpid());
}

}  // namespace

int main() {
    each_trap_is_the_right_signal();
    flags_survive_a_system_call();
    registers_survive_a_system_call();
    fpu_state_is_private();
    a_system_call_needs_no_stack();
    return verdict("cpu_traps");
}
