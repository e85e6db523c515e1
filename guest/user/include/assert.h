// SPDX-License-Identifier: GPL-2.0-or-later
// Checks that end the program with the place and the condition.
#pragma once

extern "C" [[noreturn]] void __assert_fail(const char* condition, const char* file, int line);
#define assert(condition) ((condition) ? void() : __assert_fail(#condition, __FILE__, __LINE__))
