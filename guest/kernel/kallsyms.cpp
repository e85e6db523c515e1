// SPDX-License-Identifier: GPL-2.0-or-later
// Looks addresses up in the table of function names that the second link put into the image (kallsyms.awk).
#include "kernel/kallsyms.h"

#include "lib/string.h"

extern "C" {
extern const ulong kallsyms_count;
extern const ulong kallsyms_addresses[];
extern const char kallsyms_names[];
extern const char _text[], _etext[];
}

kernel_symbol find_kernel_symbol(ulong address) {
    if (kallsyms_count == 0 || address < kallsyms_addresses[0] ||
        address >= reinterpret_cast<ulong>(_etext)) {
        return {nullptr, 0};
    }
    ulong low = 0, high = kallsyms_count;  // low's address <= address < high's
    while (high - low > 1) {
        const ulong middle = (low + high) / 2;
        (kallsyms_addresses[middle] <= address ? low : high) = middle;
    }
    const char* name = kallsyms_names;
    for (ulong i = 0; i < low; i++)
        name += strlen(name) + 1;
    return {name, address - kallsyms_addresses[low]};
}
