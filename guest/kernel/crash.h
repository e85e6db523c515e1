// SPDX-License-Identifier: GPL-2.0-or-later
// What `crash=NAME` can do, one table a file.
#pragma once

struct mistake {
    const char* name;
    void (*make)();
};

/// Mistakes with address spaces (crash_mm.cpp); ended by a null name.
extern const mistake mm_mistakes[];
