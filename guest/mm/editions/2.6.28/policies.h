// SPDX-License-Identifier: GPL-2.0-or-later
// What edition 2.6.28 does in its own way: each name is a policy that the shared code calls, the type behind
// it one way to do it (mm/policy/). Included by mm/mm.h only.
#pragma once

#include "mm/policy/anonymous_offsets.h"
#include "mm/policy/area_before.h"
#include "mm/policy/cached_holes.h"
#include "mm/policy/counted_binfmt.h"
#include "mm/policy/counted_tables.h"
#include "mm/policy/dumpable_flags.h"
#include "mm/policy/exe_file_count.h"
#include "mm/policy/fault_requests.h"
#include "mm/policy/fault_results.h"
#include "mm/policy/filtered_dump.h"
#include "mm/policy/fork_what_is_needed.h"
#include "mm/policy/heap_limits.h"
#include "mm/policy/heap_start.h"
#include "mm/policy/ioctx_hlist.h"
#include "mm/policy/kind_stats.h"
#include "mm/policy/lazy_mmlist.h"
#include "mm/policy/ldt_of_structure.h"
#include "mm/policy/linked_core_state.h"
#include "mm/policy/lock_rules.h"
#include "mm/policy/mapped_vdso.h"
#include "mm/policy/merge_by_offset.h"
#include "mm/policy/mm_owner.h"
#include "mm/policy/mmap_lengths.h"
#include "mm/policy/new_space_for_exec.h"
#include "mm/policy/notifier_list.h"
#include "mm/policy/object_rmap.h"
#include "mm/policy/prio_tree_areas.h"
#include "mm/policy/priority_token.h"
#include "mm/policy/range_errors.h"
#include "mm/policy/rb_areas.h"
#include "mm/policy/saved_aux_vector.h"
#include "mm/policy/shared_writes.h"
#include "mm/policy/special_entries.h"
#include "mm/policy/split_rss.h"
#include "mm/policy/stale_dead_space.h"
#include "mm/policy/unlisted_request.h"

using area_tree = rb_areas;                   // how an area is found (4.7, 4.11)
using area_search = cached_holes;             // how a free interval is found (4.8)
using area_before = highest_before_none;      // what find_vma_prev says above all areas (4.7)
using file_areas = prio_tree_areas;           // how a file knows the areas that show it (4.22)
using reverse_map = object_rmap;              // how a frame knows who maps it (4.22)
using rss_counters = split_rss;               // how resident pages are counted (4.20)
using mm_list = lazy_mmlist;                  // which spaces are on mmlist (D-06)
using dump_permission = dumpable_flags;       // where "dumpable" stands (4.26)
using page_tables = counted_tables;           // how page tables are counted
using aux_vector = saved_aux_vector;          // where the auxiliary vector stays
using swap_token = priority_token;            // whose pages reclaim spares (4.23)
using space_listeners = notifier_list;        // who is told of changes (4.29)
using area_stats = kind_stats<rss_counters>;  // what /proc adds up (4.31)
using space_owner = mm_owner;                 // which of its users owns a space (4.27)
using program_file = exe_file_count;          // what /proc/PID/exe names (4.28)
using program_format = counted_binfmt;        // who loaded the program (D-02)
using aio_contexts = ioctx_hlist;             // where AIO contexts are (4.30)
using sync_request = unlisted_request;        // where a read that is waited for stands (4.30)
using core_dumping = linked_core_state;       // how a space stops for its dump (4.26)
using syscall_page = mapped_vdso;             // where the kernel's user code is
using space_context = ldt_of_structure;       // when the LDT goes (D-07)

using raw_frames = special_entries;                   // which entries count no frame (4.20)
using fork_rules = fork_what_is_needed<reverse_map>;  // what fork copies (4.5)
using dead_space = stale_dead_space;                  // what is left of a space (4.4)
using mmap_lengths = exact_lengths;                   // mmap's first checks (4.9)
using dump_choice = filtered_dump;                    // what of an area is dumped (4.26)
using shared_writes = writes_fault;                   // how writes to files through areas are noticed (4.17)
using heap_limits = heap_above_its_start;             // where brk may end (4.13)
using exec_space = new_space_for_exec;                // whose space a new program gets (4.6)
using lock_rules = lock_by_limit;                     // who may lock memory (4.16)
using range_errors = late_range_errors<true>;         // what mprotect and msync refuse (4.14, 4.17)
using heap_start = heap_on_next_page;                 // where the heap begins (4.6)
using anonymous_offsets = offset_of_place;            // vm_pgoff without a file (4.9)
using fault_results = fault_bits;                     // what handle_mm_fault returns (5.7)
using area_operations = fault_requests;               // what drivers are asked (4.20)

/// What the page-fault trap lets pass (4.19).
struct fault_rules {
    /// How far below ESP a program may touch its stack: ENTER writes up to 64 KiB ahead, and a red zone of
    /// 128 bytes.
    static constexpr ulong stack_slack = 65536 + 128;
    /// An area with one of these may be read.
    static constexpr ulong readable = VM_READ | VM_EXEC | VM_WRITE;
    /// A page that a file gave counts as a major fault if it had to be read.
    static constexpr int file_fault = VM_FAULT_MINOR;
    /// A program does not learn which kernel pages exist.
    static constexpr bool hides_kernel_pages = true;
    /// A page that had to be read from a swap area.
    static constexpr int swap_in = VM_FAULT_MAJOR;
    /// Any access to a kernel address brings the page directory up to date, whoever made it.
    static constexpr bool eager_directory = false;
    /// pid 1 tries again when there is no memory.
    static constexpr bool spares_init = true;
};

/// Which neighbours become one (4.10).
using merge_rules = merge_by_offset<reverse_map, VM_SPECIAL>;
