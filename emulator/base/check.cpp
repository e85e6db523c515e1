// SPDX-License-Identifier: GPL-2.0-or-later
// Reports a broken CHECK and aborts.
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace mmscope {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "emu: internal error: CHECK(%s) failed at %s:%d\n", condition, file, line);
    std::abort();
}

}  // namespace mmscope
