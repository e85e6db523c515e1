# SPDX-License-Identifier: GPL-2.0-or-later
# What of guest/mm the policies of edition 2.6.28 need besides the files of every edition.
set(EDITION_SOURCES
    layout.cpp
    mmu_notifier.cpp
    prio_tree.cpp
    rmap.cpp
    vma_prio_tree.cpp
    policy/cached_holes.cpp
    policy/counted_binfmt.cpp
    policy/exe_file_count.cpp
    policy/ioctx_hlist.cpp
    policy/kind_stats.cpp
    policy/ldt_of_structure.cpp
    policy/linked_core_state.cpp
    policy/mm_owner.cpp
    policy/notifier_list.cpp
    policy/object_rmap_audit.cpp
    policy/prio_tree_areas.cpp
    policy/priority_token.cpp
    policy/rb_areas.cpp
    policy/split_rss.cpp
)
# The same of the rest of guest, and what only a whole kernel can link.
set(EDITION_KERNEL_SOURCES
    arch/ldt.cpp
    arch/vdso.cpp
    arch/vdso_image.S
    drivers/shadow_dev.cpp
    kernel/core_threads.cpp
    kernel/crash_mm.cpp
    mm/fremap.cpp
    mm/rmap_unmap.cpp
    mm/rmap_walk.cpp
    mm/unmap_mapping.cpp
)
# Headers that only these and the policies include.
set(EDITION_HEADERS
    arch/vdso.h
    kernel/core_state.h
    mm/mmu_notifier.h
    mm/prio_tree.h
    mm/rmap.h
    mm/rmap_walk.h
)
