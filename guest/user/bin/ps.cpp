// SPDX-License-Identifier: GPL-2.0-or-later
// Lists the processes with what they have of memory.
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace {
char text[2048];

bool load(const char* pid, const char* file) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/%s", pid, file);
    const int fd = open(path, O_RDONLY);
    if (fd < 0) return false;
    const ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/// The rest of the line behind `name` in `text`, without leading blanks, as text of at most `size` - 1
/// characters.
void field(const char* name, char* value, size_t size) {
    value[0] = '\0';
    const char* at = strstr(text, name);
    if (!at) return;
    at += strlen(name);
    while (*at == ' ' || *at == '\t')
        at++;
    size_t length = 0;
    while (length < size - 1 && at[length] && at[length] != '\n')
        length++;
    memcpy(value, at, length);
    value[length] = '\0';
}

void show(const char* pid) {
    char parent[12], state[4], size[16], rss[16], threads[8], name[20];
    if (!load(pid, "status")) return;  // it has ended meanwhile
    field("\nPPid:", parent, sizeof(parent));
    field("\nState:", state, 2);
    field("\nVmSize:", size, sizeof(size));
    field("\nVmRSS:", rss, sizeof(rss));
    field("\nThreads:", threads, sizeof(threads));
    field("Name:", name, sizeof(name));
    printf("%5s %5s %s %7s %10s %10s  ", pid, parent, state, threads, *size ? size : "-", *rss ? rss : "-");
    if (load(pid, "cmdline")) {
        printf("%s\n", text);
    } else {
        printf("[%s]\n", name);
    }
}
}  // namespace

int main() {
    DIR* proc = opendir("/proc");
    if (!proc) {
        perror("/proc");
        return 1;
    }
    printf("  PID  PPID S THREADS     VmSize      VmRSS  COMMAND\n");
    while (const dirent* entry = readdir(proc)) {
        if (isdigit(entry->d_name[0])) show(entry->d_name);
    }
    closedir(proc);
    return 0;
}
