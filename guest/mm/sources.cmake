# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/mm is in the kernel.
set(MM_SOURCES
    page_alloc.cpp
    slab.cpp
    kmalloc.cpp
    vmstat.cpp
)
