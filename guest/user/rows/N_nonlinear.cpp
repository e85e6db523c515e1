// SPDX-License-Identifier: GPL-2.0-or-later
// Row N08: an area whose pages are not in the order of their file.
#include <sys/mman.h>
#include <unistd.h>

#include "rows/row.h"

ROW(N08_a_nonlinear_area_is_in_the_list_and_not_in_the_tree) {
    constexpr int kNonblock = 0x10000;
    char* at = const_cast<char*>(map(4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS));
    touch(at, 4);
    tell("self", static_cast<unsigned long>(getpid()));
    tell("at", at);
    checkpoint(1);
    CHECK_EQ(remap_file_pages(at, kPage, 0, 2, 0), 0);
    CHECK_EQ(remap_file_pages(at + kPage, kPage, 0, 3, kNonblock), 0);
    checkpoint(2);
    CHECK_EQ(look(at, 4), 3 + 4 + 3 + 4);
}
