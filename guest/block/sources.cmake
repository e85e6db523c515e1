# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/block is in the kernel.
set(BLOCK_SOURCES
    block.cpp
    block_file.cpp
)
