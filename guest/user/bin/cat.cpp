// SPDX-License-Identifier: GPL-2.0-or-later
// Copies files, or its input, to its output.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

namespace {
bool copy(int fd, const char* name) {
    static char buffer[4096];
    ssize_t got = 0;
    while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
        for (ssize_t done = 0; done < got;) {
            const ssize_t written = write(STDOUT_FILENO, buffer + done, static_cast<size_t>(got - done));
            if (written <= 0) return false;
            done += written;
        }
    }
    if (got == 0) return true;
    perror(name);
    return false;
}
}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return copy(STDIN_FILENO, "cat") ? 0 : 1;
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        const int fd = open(argv[i], O_RDONLY);
        if (fd < 0) perror(argv[i]);
        if (fd < 0 || !copy(fd, argv[i])) failed = 1;
        if (fd >= 0) close(fd);
    }
    return failed;
}
