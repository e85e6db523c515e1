# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/mm the policies of 2.4.0 and 2.4.18 need besides the files of every edition.
set(EDITION_SOURCES
    policy/counted_when_asked.cpp
    policy/end_by_area.cpp
    policy/first_fit.cpp
    policy/ldt_buffer_of_users.cpp
    policy/possible_memory.cpp
    policy/share_lists.cpp
    policy/shared_frames.cpp
    policy/virtual_scan.cpp
)
# The same of the rest of guest, and what only a whole kernel can link.
set(EDITION_KERNEL_SOURCES
    arch/ldt_buffer.cpp
    drivers/shadow_absent.cpp
    fs/aio_absent.cpp
    fs/proc/sysctl_absent.cpp
    kernel/crash_mm_2_4.cpp
    mm/fremap_absent.cpp
    mm/policy/by_nopage.cpp
    mm/policy/executable_area.cpp
    mm/policy/same_space_for_exec.cpp
    mm/policy/shared_writes.cpp
    mm/policy/task_binfmt.cpp
    mm/policy/unmap_listed.cpp
)
# Headers that only these and the policies include.
set(EDITION_HEADERS
    arch/ldt_buffer.h
)
