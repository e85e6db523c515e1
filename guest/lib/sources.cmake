# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/lib is in the kernel.
set(LIB_SOURCES
    mem.S
    rbtree.cpp
    string.cpp
    vsprintf.cpp
)
