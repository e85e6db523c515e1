// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the row that the program was called by, and gives its verdict.
#include <stdlib.h>

#include "rows/row.h"

extern "C" const Row __start_rows[], __stop_rows[];

int argument_count;
char** arguments;

namespace {
const char* last_part(const char* path) {
    const char* slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
}  // namespace

int main(int argc, char** argv) {
    argument_count = argc > 0 ? argc - 1 : 0;
    arguments = argv + 1;
    const char* name = argc > 0 ? last_part(argv[0]) : "";
    for (const Row* row = __start_rows; row != __stop_rows; row++) {
        if (strcmp(row->name, name) != 0) continue;
        row->body();
        return verdict(name);
    }
    printf("there is no row %s\n", name);
    return 2;
}
