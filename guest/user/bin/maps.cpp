// SPDX-License-Identifier: GPL-2.0-or-later
// Prints the address space of a process: maps PID, or its own.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char** argv) {
    char path[64];
    static char buffer[4096];
    snprintf(path, sizeof(path), "/proc/%s/maps", argc > 1 ? argv[1] : "self");
    const int fd = open(path, O_RDONLY);
    if (fd < 0) {
        perror(path);
        return 1;
    }
    ssize_t got = 0;
    while ((got = read(fd, buffer, sizeof(buffer))) > 0)
        write(STDOUT_FILENO, buffer, static_cast<size_t>(got));
    if (got < 0) perror(path);
    return got < 0 ? 1 : 0;
}
