# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/mm the policies of edition 2.6.11 need besides the files of every edition.
set(EDITION_SOURCES
    layout.cpp
    prio_tree.cpp
    rmap.cpp
    vma_prio_tree.cpp
    policy/cached_start.cpp
    policy/core_waiters.cpp
    policy/ioctx_chain.cpp
    policy/kind_stats.cpp
    policy/ldt_of_structure.cpp
    policy/object_rmap_audit.cpp
    policy/prio_tree_areas.cpp
    policy/rb_areas.cpp
    policy/timed_token.cpp
    policy/total_and_anon_rss.cpp
)
# The same of the rest of guest, and what only a whole kernel can link.
set(EDITION_KERNEL_SOURCES
    arch/ldt.cpp
    arch/vdso.cpp
    arch/vdso_image.S
    drivers/shadow_absent.cpp
    kernel/core_threads.cpp
    kernel/core_waiters.cpp
    kernel/crash_mm_2_6_11.cpp
    kernel/crash_spaces.cpp
    kernel/rwlock.cpp
    mm/fremap.cpp
    mm/rmap_unmap.cpp
    mm/rmap_walk.cpp
    mm/unmap_mapping.cpp
    mm/policy/executable_area.cpp
    mm/policy/ldt_of_users.cpp
    mm/policy/task_binfmt.cpp
    mm/policy/vsyscall_page.cpp
)
# Headers that only these and the policies include.
set(EDITION_HEADERS
    arch/vdso.h
    kernel/core_threads.h
    kernel/crash_spaces.h
    mm/layout.h
    mm/prio_tree.h
    mm/rmap.h
    mm/rmap_walk.h
)
