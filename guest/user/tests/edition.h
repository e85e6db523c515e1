// SPDX-License-Identifier: GPL-2.0-or-later
// Which kernel a test program runs on: one of ours, of some edition, or the host's Linux.
#pragma once

#include <string.h>
#include <sys/utsname.h>

/// False on the host's Linux, which is newer: what changed since is only checked here.
inline bool on_this_kernel() {
    utsname name;
    return uname(&name) == 0 && strstr(name.release, "-mmscope") != nullptr;
}
/// True on ours if it carries this edition of the descriptors: "2.6.28".
inline bool is_edition(const char* version) {
    utsname name;
    const size_t length = strlen(version);
    return uname(&name) == 0 && strncmp(name.release, version, length) == 0 &&
           strcmp(name.release + length, "-mmscope") == 0;
}
/// What came with edition 2.6.28 is here: in it, and in newer kernels.
inline bool since_2_6_28() {
    return !on_this_kernel() || is_edition("2.6.28");
}
/// One of the editions 2.4.0 and 2.4.18.
inline bool is_2_4() {
    return is_edition("2.4.0") || is_edition("2.4.18");
}
