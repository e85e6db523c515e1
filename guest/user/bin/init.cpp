// SPDX-License-Identifier: GPL-2.0-or-later
// The first process: runs the tour, then a shell if the kernel's command line has the word "interactive", and
// ends with the tour's exit status, with which the machine powers off.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
/// True if the kernel's command line has `word` as a word of its own.
bool command_line_has(const char* word) {
    char text[512];
    const int fd = open("/proc/cmdline", O_RDONLY);
    if (fd < 0) return false;
    const ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (length < 0) return false;
    text[length] = '\0';
    const size_t word_length = strlen(word);
    for (const char* at = strstr(text, word); at; at = strstr(at + 1, word)) {
        const bool starts = at == text || at[-1] == ' ';
        const char behind = at[word_length];
        if (starts && (behind == ' ' || behind == '\n' || behind == '\0')) return true;
    }
    return false;
}

/// Waits for `pid` and takes care of every other child that ends meanwhile.
int wait_for(pid_t pid) {
    int status = 0;
    for (;;) {
        const pid_t ended = waitpid(-1, &status, 0);
        if (ended == pid) return status;
        if (ended < 0 && errno != EINTR) return -1;
    }
}

/// Runs a program to its end. Its exit status; 128 + signal if one killed it; 127 if it could not start.
int run(const char* path) {
    const pid_t pid = fork();
    if (pid < 0) {
        perror("init: fork");
        return 127;
    }
    if (pid == 0) {
        char* const argv[] = {const_cast<char*>(path), nullptr};
        execv(path, argv);
        dprintf(STDERR_FILENO, "init: %s: %s\n", path, strerror(errno));
        _exit(127);
    }
    const int status = wait_for(pid);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    printf("init: %s was killed by signal %d (%s)\n", path, WTERMSIG(status), strsignal(WTERMSIG(status)));
    return 128 + WTERMSIG(status);
}

void show_message_of_the_day() {
    char text[256];
    const int fd = open("/etc/motd", O_RDONLY);
    if (fd < 0) return;
    const ssize_t length = read(fd, text, sizeof(text));
    if (length > 0) write(STDOUT_FILENO, text, static_cast<size_t>(length));
    close(fd);
}
}  // namespace

int main() {
    utsname name{};
    uname(&name);
    printf("init: %s %s on %s, pid %d\n", name.sysname, name.release, name.machine, getpid());
    show_message_of_the_day();
    const int status = run("/bin/tour");
    if (command_line_has("interactive")) run("/bin/sh");
    printf("init: the tour ended with %d, powering off\n", status);
    return status;
}
