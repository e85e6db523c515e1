// SPDX-License-Identifier: GPL-2.0-or-later
// The only file of this test that sees the kernel's headers.
#include "guest_lib.h"

#include "kernel/cmdline.h"
#include "lib/string.h"

// The kernel's own, with its C++ linkage.
size_t strlcpy(char* to, const char* from, size_t size) {
    const size_t length = strlen(from);
    if (size != 0) {
        const size_t kept = length < size ? length : size - 1;
        memcpy(to, from, kept);
        to[kept] = '\0';
    }
    return length;
}
size_t strnlen(const char* s, size_t limit) {
    size_t length = 0;
    while (length < limit && s[length] != '\0')
        length++;
    return length;
}

namespace mmscope::test {

int guest_vsnprintf(char* buffer, size_t size, const char* format, va_list args) {
    return ::vsnprintf(buffer, size, format, args);
}

void guest_set_command_line(const char* text) {
    ::set_command_line(text);
}
const char* guest_command_line() {
    return saved_command_line;
}

bool guest_option(const char* name, char* value, size_t size) {
    return ::get_option(name, value, size);
}

bool guest_has_option(const char* word) {
    return ::has_option(word);
}

}  // namespace mmscope::test
