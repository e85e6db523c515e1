// SPDX-License-Identifier: GPL-2.0-or-later
// A small shell: words with quotes, several commands with ";", a handful of built-ins, programs from /bin. It
// obeys a person, the text behind -c, or a file that is named or begins with #!/bin/sh.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
constexpr int kMaxWords = 64;
constexpr size_t kLineSize = 1024;

int last_status;
bool leaving;

// Reading
// -----------------------------------------------------------------------------------------------------------

/// The words of one command; they point into `storage`, where quotes are taken away.
struct Command {
    char* words[kMaxWords + 1];
    int count;
    char storage[kLineSize];
};

enum class Parsed { Command, Nothing, Error };

/// Copies one word, without its quotes, to `to`. Null: a quote is not closed.
const char* parse_word(const char* at, char** to) {
    while (*at && !strchr(" \t;", *at)) {
        if (*at != '"' && *at != '\'') {
            *(*to)++ = *at++;
            continue;
        }
        const char quote = *at++;
        while (*at && *at != quote)
            *(*to)++ = *at++;
        if (!*at) return nullptr;
        at++;
    }
    *(*to)++ = '\0';
    return at;
}

/// The next command of a line; `*at` moves behind it.
Parsed parse_command(const char** at, Command* command) {
    char* to = command->storage;
    command->count = 0;
    for (;;) {
        while (**at == ' ' || **at == '\t')
            (*at)++;
        if (!**at || **at == ';' || **at == '#') break;
        if (command->count == kMaxWords) {
            dprintf(STDERR_FILENO, "sh: more than %d words\n", kMaxWords);
            return Parsed::Error;
        }
        command->words[command->count++] = to;
        *at = parse_word(*at, &to);
        if (!*at) {
            dprintf(STDERR_FILENO, "sh: a quote is not closed\n");
            return Parsed::Error;
        }
    }
    command->words[command->count] = nullptr;
    if (**at == '#') *at += strlen(*at);
    if (**at == ';') (*at)++;
    return command->count > 0 ? Parsed::Command : Parsed::Nothing;
}

// Built-ins
// ---------------------------------------------------------------------------------------------------------

int change_directory(const Command& command) {
    const char* to = command.count > 1 ? command.words[1] : "/";
    if (chdir(to) == 0) return 0;
    dprintf(STDERR_FILENO, "cd: %s: %s\n", to, strerror(errno));
    return 1;
}

int print_directory(const Command&) {
    char path[256];
    if (!getcwd(path, sizeof(path))) {
        perror("pwd");
        return 1;
    }
    printf("%s\n", path);
    return 0;
}

int leave(const Command& command) {
    leaving = true;
    return command.count > 1 ? atoi(command.words[1]) : last_status;
}

int echo(const Command& command) {
    for (int i = 1; i < command.count; i++) {
        if (strcmp(command.words[i], "$?") == 0) {
            printf(i > 1 ? " %d" : "%d", last_status);
        } else {
            printf(i > 1 ? " %s" : "%s", command.words[i]);
        }
    }
    printf("\n");
    return 0;
}

int help(const Command& command);

struct BuiltIn {
    const char* name;
    int (*run)(const Command&);
    const char* what;
};
constexpr BuiltIn kBuiltIns[] = {
    {"cd", change_directory, "cd [DIRECTORY]   change the working directory"},
    {"echo", echo, "echo WORDS       print words; $? is the last status"},
    {"exit", leave, "exit [STATUS]    leave the shell"},
    {"help", help, "help             this text"},
    {"pwd", print_directory, "pwd              print the working directory"},
};

int help(const Command&) {
    for (const BuiltIn& built_in : kBuiltIns)
        printf("  %s\n", built_in.what);
    printf("Everything else runs a program of /bin: cat echo false free hello ls maps ps sh tour true.\n");
    return 0;
}

// Running
// -----------------------------------------------------------------------------------------------------------

[[noreturn]] void become(const Command& command) {
    char path[kLineSize + 8];
    const char* name = command.words[0];
    snprintf(path, sizeof(path), strchr(name, '/') ? "%s" : "/bin/%s", name);
    execv(path, command.words);
    dprintf(STDERR_FILENO, "sh: %s: %s\n", name, strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

int run_program(const Command& command) {
    const pid_t pid = fork();
    if (pid < 0) {
        perror("sh: fork");
        return 1;
    }
    if (pid == 0) become(command);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
    printf("%s\n", strsignal(WTERMSIG(status)));
    return 128 + WTERMSIG(status);
}

int run(const Command& command) {
    for (const BuiltIn& built_in : kBuiltIns) {
        if (strcmp(command.words[0], built_in.name) == 0) return built_in.run(command);
    }
    return run_program(command);
}

void run_line(const char* line) {
    static Command command;
    while (*line && !leaving) {
        switch (parse_command(&line, &command)) {
            case Parsed::Command:
                last_status = run(command);
                break;
            case Parsed::Nothing:
                break;
            case Parsed::Error:
                last_status = 2;
                return;
        }
    }
}

/// One line without its newline. False at the end of the input.
bool read_line(char* line) {
    size_t length = 0;
    while (length < kLineSize - 1) {
        const ssize_t got = read(STDIN_FILENO, line + length, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            line[length] = '\0';
            return length > 0;
        }
        if (line[length] == '\n') break;
        length++;
    }
    line[length] = '\0';
    return true;
}

/// Lines come from this file from now on.
bool read_from(const char* path) {
    const int fd = open(path, O_RDONLY);
    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0) {
        dprintf(STDERR_FILENO, "sh: %s: %s\n", path, strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

void prompt() {
    char path[256];
    printf("%s # ", getcwd(path, sizeof(path)) ? path : "?");
}
}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && strcmp(argv[1], "-c") == 0) {
        run_line(argv[2]);
        return last_status;
    }
    if (argc == 2 && !read_from(argv[1])) return 127;
    static char line[kLineSize];
    const bool interactive = isatty(STDIN_FILENO);
    if (interactive)
        printf("\nA small shell; \"help\" lists what it knows, \"exit\" powers the machine off.\n");
    while (!leaving) {
        if (interactive) prompt();
        if (!read_line(line)) break;
        run_line(line);
    }
    return last_status;
}
