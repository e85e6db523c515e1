// SPDX-License-Identifier: GPL-2.0-or-later
// Directories: a buffer of getdents64 records.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/result.h"

struct DIR {
    int fd;
    long filled, next;  // bytes in the buffer, and the offset of the next record
    alignas(8) char buffer[1024];
};

DIR* opendir(const char* path) {
    const int fd = open(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return nullptr;
    DIR* directory = static_cast<DIR*>(malloc(sizeof(DIR)));
    if (!directory) {
        close(fd);
        return nullptr;
    }
    directory->fd = fd;
    directory->filled = directory->next = 0;
    return directory;
}

dirent* readdir(DIR* directory) {
    if (directory->next >= directory->filled) {
        directory->next = 0;
        directory->filled = result(
            __syscall(__NR_getdents64, directory->fd, arg(directory->buffer), sizeof(directory->buffer)));
        if (directory->filled <= 0) return nullptr;
    }
    dirent* entry = reinterpret_cast<dirent*>(directory->buffer + directory->next);
    directory->next += entry->d_reclen;
    return entry;
}

int closedir(DIR* directory) {
    const int answer = close(directory->fd);
    free(directory);
    return answer;
}
