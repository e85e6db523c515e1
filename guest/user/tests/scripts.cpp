// SPDX-License-Identifier: GPL-2.0-or-later
// exec of scripts: what their interpreter, this program itself, gets to see. The scripts stand in
// /share/scripts.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

namespace {

/// Runs a script; its exit status, or 200 + errno if it could not be run.
int run(const char* script) {
    const pid_t pid = fork();
    if (pid == 0) {
        char path[64];
        snprintf(path, sizeof path, "/share/scripts/%s", script);
        char* const argv[] = {const_cast<char*>("zero"), const_cast<char*>("first"),
                              const_cast<char*>("second"), nullptr};
        char* const envp[] = {const_cast<char*>("WHERE=here"), nullptr};
        execve(path, argv, envp);
        _exit(200 + errno);
    }
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Run by exec without any argument, not even a name.
int run_without_arguments(const char* path) {
    const pid_t pid = fork();
    if (pid == 0) {
        char* const nothing[] = {nullptr};
        execve(path, nothing, nothing);
        _exit(200 + errno);
    }
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool arguments_are(int argc, char** argv, int count, const char* const* wanted) {
    if (argc != count) return false;
    for (int i = 0; i < count; i++)
        if (strcmp(argv[i], wanted[i]) != 0) return false;
    return true;
}

/// The interpreter's side. 0: as it should be.
int interpret(int argc, char** argv) {
    char exe[64] = {};
    readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (strcmp(exe, "/tests/scripts") != 0) return 2;
    const char* const words[] = {"/tests/scripts", "one  two", "/share/scripts/words", "first", "second"};
    const char* const plain[] = {"/tests/scripts", "/share/scripts/no_argument", "first", "second"};
    const char* const newline[] = {"/tests/scripts", "/share/scripts/no_newline", "first", "second"};
    const char* const bare[] = {"/tests/scripts", "one  two", "/share/scripts/words"};
    if (arguments_are(argc, argv, 5, words) || arguments_are(argc, argv, 4, plain) ||
        arguments_are(argc, argv, 4, newline))
        return getenv("WHERE") ? 0 : 3;
    if (arguments_are(argc, argv, 3, bare)) return 0;
    return argc == 5 && strlen(argv[1]) == 127 - 17 ? 4 : 5;  // the line that is cut
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1) return interpret(argc, argv);
    CHECK_EQ(run("words"), 0);
    CHECK_EQ(run("no_argument"), 0);
    CHECK_EQ(run("no_newline"), 0);
    CHECK_EQ(run_without_arguments("/share/scripts/words"), 0);
    CHECK_EQ(run("long_line"), 4);
    CHECK_EQ(run("nested"), 200 + ENOEXEC);
    CHECK_EQ(run("nothing"), 200 + ENOEXEC);
    CHECK_EQ(run("no_interpreter"), 200 + ENOENT);
    CHECK_EQ(run("not_executable"), 200 + EACCES);
    CHECK_EQ(run("no_permission"), 200 + EACCES);
    return verdict("scripts");
}
