// SPDX-License-Identifier: GPL-2.0-or-later
// The first program: says hello and shows how it was started.
#include <stdio.h>
#include <unistd.h>

int main(int argc, char** argv) {
    printf("hello from pid %d:", getpid());
    for (int i = 0; i < argc; i++)
        printf(" %s", argv[i]);
    printf("\n");
    return 0;
}
