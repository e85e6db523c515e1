// SPDX-License-Identifier: GPL-2.0-or-later
// Limits of the types and of the system.
#pragma once

constexpr int INT_MAX = 0x7FFFFFFF;
constexpr int INT_MIN = -INT_MAX - 1;
constexpr long LONG_MAX = 0x7FFFFFFFL;
constexpr long LONG_MIN = -LONG_MAX - 1;
constexpr unsigned long ULONG_MAX = ~0ul;
constexpr unsigned PATH_MAX = 4096;
constexpr unsigned NAME_MAX = 255;
