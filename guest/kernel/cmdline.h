// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's command line: words, and options of the form name=value.
#pragma once

#include "lib/types.h"

constexpr unsigned COMMAND_LINE_SIZE = 512;
/// As the boot loader gave it, without the loader's name of the image; cut at COMMAND_LINE_SIZE - 1.
extern char saved_command_line[COMMAND_LINE_SIZE];

void set_command_line(const char* text);
/// The value of `name=value`: copied into `value` (cut to fit) and true; false if there is no such word.
/// The first one counts.
bool get_option(const char* name, char* value, size_t size);
/// True if the line has exactly this word.
bool has_option(const char* word);
