// SPDX-License-Identifier: GPL-2.0-or-later
// Shows the machine's memory in KiB.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace {
char text[2048];

long kib(const char* name) {
    const char* at = strstr(text, name);
    return at ? strtol(at + strlen(name), nullptr, 10) : 0;
}
}  // namespace

int main() {
    const int fd = open("/proc/meminfo", O_RDONLY);
    const ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (length < 0) {
        perror("/proc/meminfo");
        return 1;
    }
    const long total = kib("MemTotal:"), unused = kib("MemFree:");
    printf("           total       used       free     cached       slab     tables\n");
    printf("Mem: %11ld %10ld %10ld %10ld %10ld %10ld\n", total, total - unused, unused, kib("\nCached:"),
           kib("Slab:"), kib("PageTables:"));
    return 0;
}
