// SPDX-License-Identifier: GPL-2.0-or-later
// Reading directories.
#pragma once

#include <sys/types.h>

enum { DT_UNKNOWN = 0, DT_CHR = 2, DT_DIR = 4, DT_REG = 8, DT_LNK = 10 };

/// One entry, as getdents64 gives it.
struct dirent {
    uint64_t d_ino;
    int64_t d_off;
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[256];
};
struct DIR;

extern "C" {
DIR* opendir(const char* path);
/// Null at the end (errno unchanged) or on an error. Valid until the next call on the same DIR.
dirent* readdir(DIR* directory);
int closedir(DIR* directory);
}
