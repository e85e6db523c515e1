// SPDX-License-Identifier: GPL-2.0-or-later
// Files that are made, written, mapped, linked, renamed and deleted, in a directory of their own in /tmp.
#include "tests/file_changes.h"

int main() {
    constexpr char kPlace[] = "/tmp/mmscope_file_changes";
    CHECK_EQ(mkdir(kPlace, 0755), 0);
    CHECK_EQ(chdir(kPlace), 0);
    file_changes::all();
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(rmdir(kPlace), 0);
    return verdict("file_changes");
}
