// SPDX-License-Identifier: GPL-2.0-or-later
// exec: what the new program finds, what it keeps of the old one, and files that are no programs. Also runs
// on a Linux host (there without the ELF files of elf_files.sh).
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

const char* const SELF = "/proc/self/exe";

bool on_mmscope() {
    utsname name;
    return uname(&name) == 0 && strstr(name.release, "mmscope") != nullptr;
}

int status_of(int (*function)()) {
    const pid_t pid = fork();
    if (pid == 0) _exit(function());
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

/// Runs this program again with arguments; its exit status, or the signal + 1000.
int run(const char* path, char* const argv[], char* const envp[]) {
    const pid_t pid = fork();
    if (pid == 0) {
        execve(path, argv, envp);
        _exit(200 + (errno < 50 ? errno : 50));
    }
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}
template <class... Words>
int run_self(Words... words) {
    const char* const argv[] = {"exec", words..., nullptr};
    const char* const envp[] = {"A=1", "EMPTY=", "LAST=of all", nullptr};
    return run(SELF, const_cast<char* const*>(argv), const_cast<char* const*>(envp));
}

// Roles of the program that was started by run_self
// ------------------------------------------------------------
unsigned long* initial_stack(char** argv) {
    return reinterpret_cast<unsigned long*>(argv) - 1;
}

/// Figure 3-31 of the i386 ABI: argc, argv, 0, envp, 0, auxiliary vector; the strings above, in this order.
int check_stack(int argc, char** argv, char** envp) {
    const unsigned long* stack = initial_stack(argv);
    CHECK_EQ(reinterpret_cast<unsigned long>(stack) & 15, 0);
    CHECK_EQ(stack[0], argc);
    CHECK(argv[argc] == nullptr);
    CHECK(envp == argv + argc + 1);
    CHECK_TEXT(argv[0], "exec");
    CHECK_TEXT(argv[3], "third word");
    CHECK_EQ(strlen(argv[2]), 0);
    CHECK_TEXT(envp[0], "A=1");
    CHECK_TEXT(envp[1], "EMPTY=");
    CHECK_TEXT(envp[2], "LAST=of all");
    CHECK(envp[3] == nullptr);
    for (int i = 0; i + 1 < argc; i++)
        CHECK(argv[i] + strlen(argv[i]) + 1 == argv[i + 1]);
    CHECK(argv[argc - 1] + strlen(argv[argc - 1]) + 1 == envp[0]);
    CHECK(envp[2] + strlen(envp[2]) + 1 == reinterpret_cast<char*>(getauxval(AT_EXECFN)));
    return failed_checks;
}

int check_auxv(char** envp) {
    char** end = envp;
    while (*end)
        end++;
    const auto* pairs = reinterpret_cast<unsigned long*>(end + 1);
    unsigned count = 0;
    while (pairs[2 * count] != AT_NULL)
        count++;
    CHECK(count >= 16);
    CHECK_EQ(getauxval(AT_PAGESZ), 4096);
    CHECK_EQ(getauxval(AT_CLKTCK), 100);
    CHECK_EQ(getauxval(AT_PHENT), 32);
    CHECK_EQ(getauxval(AT_BASE), 0);
    CHECK_EQ(getauxval(AT_FLAGS), 0);
    CHECK_EQ(getauxval(AT_UID), getuid());
    CHECK_EQ(getauxval(AT_SECURE), 0);
    CHECK_TEXT(reinterpret_cast<const char*>(getauxval(AT_EXECFN)), SELF);
    CHECK_TEXT(reinterpret_cast<const char*>(getauxval(AT_PLATFORM)), "i686");
    const auto* header = reinterpret_cast<const unsigned char*>(0x08048000);
    CHECK_EQ(getauxval(AT_PHDR), 0x08048000 + 52);
    CHECK_EQ(getauxval(AT_PHNUM), header[44]);
    CHECK_EQ(getauxval(AT_ENTRY), *reinterpret_cast<const unsigned long*>(header + 24));
    return failed_checks;
}

int check_signals() {
    struct sigaction action {};
    sigaction(SIGUSR1, nullptr, &action);
    CHECK(action.sa_handler == SIG_IGN);  // ignored stays ignored
    sigaction(SIGUSR2, nullptr, &action);
    CHECK(action.sa_handler == SIG_DFL);  // a handler's code is gone
    sigset_t mask = 0;
    sigprocmask(SIG_SETMASK, nullptr, &mask);
    CHECK(mask == 1ull << (SIGTERM - 1));  // the mask stays
    stack_t stack{};
    sigaltstack(nullptr, &stack);
    CHECK_EQ(stack.ss_flags, SS_DISABLE);
    return failed_checks;
}

int check_files() {
    CHECK_EQ(fcntl(10, F_GETFD), 0);
    CHECK_FAILS(fcntl(11, F_GETFD), EBADF);
    return failed_checks;
}

char zero_data[10000];
int data_word = 4242;
int check_memory() {
    CHECK_EQ(data_word, 4242);
    for (unsigned i = 0; i < sizeof(zero_data); i++)
        CHECK_EQ(zero_data[i], 0);
    unsigned long registers = 0;
    asm("fnstcw %0" : "=m"(registers));
    CHECK_EQ(registers & 0xFFFF, 0x37F);  // a fresh FPU
    return failed_checks;
}

int play_role(int argc, char** argv) {
    const char* role = argv[1];
    if (strcmp(role, "stack") == 0) return check_stack(argc, argv, environ);
    if (strcmp(role, "auxv") == 0) return check_auxv(environ);
    if (strcmp(role, "signals") == 0) return check_signals();
    if (strcmp(role, "files") == 0) return check_files();
    if (strcmp(role, "memory") == 0) return check_memory();
    if (strcmp(role, "count") == 0) return argc & 0x7F;
    if (strcmp(role, "length") == 0) return strlen(argv[2]) == 100000 ? 33 : 34;
    return 99;
}

// Tests
// ---------------------------------------------------------------------------------------------------------
void the_stack_is_as_the_abi_says() {
    CHECK_EQ(run_self("stack", "", "third word"), 0);
    CHECK_EQ(run_self("auxv"), 0);
    CHECK_EQ(run_self("memory"), 0);
}

int prepare_signals() {
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, [](int) {});
    const sigset_t mask = 1ull << (SIGTERM - 1);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    static char room[8192];
    const stack_t stack = {room, 0, sizeof(room)};
    sigaltstack(&stack, nullptr);
    return run_self("signals");
}

void signals_and_files_pass_as_posix_says() {
    CHECK_EQ(status_of(prepare_signals), 0);
    dup2(1, 10);
    dup2(1, 11);
    fcntl(11, F_SETFD, FD_CLOEXEC);
    CHECK_EQ(run_self("files"), 0);
    close(10);
    close(11);
}

volatile int vfork_word;
void vfork_runs_the_child_in_the_parents_memory_first() {
    vfork_word = 1;
    const pid_t child = vfork();
    if (child == 0) {
        vfork_word = 2;
        _exit(4);
    }
    CHECK_EQ(vfork_word, 2);
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 4 << 8);
    const char* const argv[] = {"exec", "count", "x", nullptr};
    const pid_t second = vfork();
    if (second == 0) {
        execve(SELF, const_cast<char* const*>(argv), environ);
        _exit(98);
    }
    CHECK_EQ(waitpid(second, &status, 0), second);
    CHECK_EQ(status, 3 << 8);
}

void what_cannot_be_run_says_why() {
    char* const argv[] = {const_cast<char*>("x"), nullptr};
    CHECK_FAILS(execve("/no/such/file", argv, environ), ENOENT);
    CHECK_FAILS(execve("", argv, environ), ENOENT);
    CHECK_FAILS(execve("/", argv, environ), EACCES);
    CHECK_FAILS(execve("/proc/self/maps", argv, environ), EACCES);
    CHECK_FAILS(execve(reinterpret_cast<char*>(0xC0100000), argv, environ), EFAULT);
    CHECK_FAILS(execve(SELF, reinterpret_cast<char* const*>(0x10), environ), EFAULT);
    CHECK_FAILS(execve(SELF, argv, reinterpret_cast<char* const*>(0xC0000000)), EFAULT);
    char* const wild[] = {argv[0], reinterpret_cast<char*>(0xC0000000), nullptr};
    CHECK_FAILS(execve(SELF, wild, environ), EFAULT);
}

void arguments_have_limits() {
    static char word[200000];
    memset(word, 'a', 100000);
    CHECK_EQ(run_self("length", const_cast<const char*>(word)), 33);
    memset(word, 'a', sizeof(word) - 1);  // longer than one string may be
    CHECK_EQ(run_self("length", const_cast<const char*>(word)), 200 + E2BIG);
    static char* many[3000];
    many[0] = many[1] = const_cast<char*>("count");
    for (int i = 2; i < 2999; i++)
        many[i] = const_cast<char*>("argument of twenty..");
    CHECK_EQ(run(SELF, many, environ), 2999 & 0x7F);
    word[100000] = '\0';
    for (int i = 2; i < 2999; i++)
        many[i] = word;  // 300 MB in all
    CHECK_EQ(run(SELF, many, environ), 200 + E2BIG);
}

/// Files of elf_files.sh by their names: good* exit with 77, bad* are no programs, killed* die on the way,
/// faults* run.
void run_elf_file(const char* name) {
    char path[300];
    snprintf(path, sizeof(path), "/tests/%s", name);
    char* const argv[] = {path, nullptr};
    const int result = run(path, argv, environ);
    const int wanted = strncmp(name, "good", 4) == 0     ? 77
                       : strncmp(name, "bad", 3) == 0    ? 200 + ENOEXEC
                       : strncmp(name, "killed", 6) == 0 ? 1000 + SIGKILL
                                                         : 1000 + SIGSEGV;
    check_equal(result, wanted, name, __LINE__);
}

void damaged_programs_do_no_harm() {
    DIR* directory = opendir("/tests");
    int files = 0;
    while (const dirent* entry = directory ? readdir(directory) : nullptr) {
        const size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 4, ".elf") != 0) continue;
        run_elf_file(entry->d_name);
        files++;
    }
    if (directory) closedir(directory);
    CHECK(files == 0 || files >= 30);
    CHECK(files > 0 || !on_mmscope());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc >= 2) return play_role(argc, argv);
    the_stack_is_as_the_abi_says();
    signals_and_files_pass_as_posix_says();
    vfork_runs_the_child_in_the_parents_memory_first();
    what_cannot_be_run_says_why();
    arguments_have_limits();
    damaged_programs_do_no_harm();
    return verdict("exec");
}
