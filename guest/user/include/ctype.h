// SPDX-License-Identifier: GPL-2.0-or-later
// Kinds of characters, ASCII only.
#pragma once

inline int isdigit(int c) {
    return c >= '0' && c <= '9';
}
inline int isspace(int c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
inline int isprint(int c) {
    return c >= 0x20 && c < 0x7F;
}
