// SPDX-License-Identifier: GPL-2.0-or-later
// Lists directories; with -l also kind, rights and size of each file.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {
bool long_form;

char kind_of(unsigned mode) {
    return S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISCHR(mode) ? 'c' : '-';
}

void print_rights(unsigned mode) {
    char text[11] = {kind_of(mode)};
    for (int i = 0; i < 9; i++)
        text[i + 1] = mode & (0400u >> i) ? "rwxrwxrwx"[i] : '-';
    printf("%s", text);
}

bool show(const char* path, const char* name) {
    if (!long_form) {
        printf("%s\n", name);
        return true;
    }
    struct stat status {};
    if (lstat(path, &status) < 0) {
        perror(path);
        return false;
    }
    print_rights(status.st_mode);
    if (S_ISCHR(status.st_mode)) {
        printf(" %4u, %3u ", static_cast<unsigned>(status.st_rdev >> 8),
               static_cast<unsigned>(status.st_rdev & 0xFF));
    } else {
        printf(" %9lld ", static_cast<long long>(status.st_size));
    }
    char target[256];
    const ssize_t length = S_ISLNK(status.st_mode) ? readlink(path, target, sizeof(target)) : -1;
    if (length >= 0) {
        printf("%s -> %.*s\n", name, static_cast<int>(length), target);
    } else {
        printf("%s\n", name);
    }
    return true;
}

/// Names in the order of their characters; numbers (processes) by their value.
struct Names {
    char** name;
    int count;
};

bool comes_before(const char* a, const char* b) {
    const int x = atoi(a), y = atoi(b);
    return x != y ? x < y : strcmp(a, b) < 0;
}

void insert_sorted(Names* names, const char* name) {
    char** grown =
        static_cast<char**>(realloc(names->name, static_cast<size_t>(names->count + 1) * sizeof(char*)));
    char* copy = static_cast<char*>(malloc(strlen(name) + 1));
    if (!grown || !copy) {
        perror("ls");
        exit(1);
    }
    strcpy(copy, name);
    int at = names->count++;
    for (; at > 0 && comes_before(copy, grown[at - 1]); at--)
        grown[at] = grown[at - 1];
    grown[at] = copy;
    names->name = grown;
}

int list(const char* path) {
    struct stat status {};
    if (stat(path, &status) < 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(status.st_mode)) return show(path, path) ? 0 : 1;
    DIR* directory = opendir(path);
    if (!directory) {
        perror(path);
        return 1;
    }
    Names names{};
    while (const dirent* entry = readdir(directory)) {
        if (entry->d_name[0] != '.') insert_sorted(&names, entry->d_name);
    }
    closedir(directory);
    int failed = 0;
    for (int i = 0; i < names.count; i++) {
        char full[512];
        snprintf(full, sizeof(full), "%s/%s", path, names.name[i]);
        if (!show(full, names.name[i])) failed = 1;
        free(names.name[i]);
    }
    free(names.name);
    return failed;
}
}  // namespace

int main(int argc, char** argv) {
    int failed = 0, paths = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-l") == 0) {
            long_form = true;
        } else {
            failed |= list(argv[i]);
            paths++;
        }
    }
    return paths > 0 ? failed : list(".");
}
