// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's functions under names that do not clash with the host's C library.
#pragma once

#include <stdarg.h>
#include <stddef.h>

// No header of the C++ library here: guest_lib.cpp sees the kernel's declarations of the same names.
namespace mmscope::test {

/// lib/vsprintf.cpp: as C's vsnprintf.
int guest_vsnprintf(char* buffer, size_t size, const char* format, va_list args);

/// kernel/cmdline.cpp.
void guest_set_command_line(const char* text);
const char* guest_command_line();
/// False: there is no such option.
bool guest_option(const char* name, char* value, size_t size);
bool guest_has_option(const char* word);

}  // namespace mmscope::test
