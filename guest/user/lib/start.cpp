// SPDX-License-Identifier: GPL-2.0-or-later
// Between the kernel's stack and main: the environment and the auxiliary vector (System V i386 ABI, figure
// 3-31).
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

char** environ;

namespace {
struct auxiliary_entry {
    unsigned long type, value;
};
const auxiliary_entry* auxiliary_vector;
}  // namespace

int main(int argc, char** argv, char** envp);

extern "C" [[noreturn]] void __libc_start(long* stack) {
    const int argc = static_cast<int>(stack[0]);
    char** argv = reinterpret_cast<char**>(stack + 1);
    environ = argv + argc + 1;
    char** end = environ;
    while (*end)
        end++;
    auxiliary_vector = reinterpret_cast<const auxiliary_entry*>(end + 1);
    exit(main(argc, argv, environ));
}

unsigned long getauxval(unsigned long type) {
    for (const auxiliary_entry* entry = auxiliary_vector; entry->type != AT_NULL; entry++) {
        if (entry->type == type) return entry->value;
    }
    return 0;
}
