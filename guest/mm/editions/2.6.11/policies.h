// SPDX-License-Identifier: GPL-2.0-or-later
// What edition 2.6.11 does in its own way: each name is a policy that the shared code calls, the type behind
// it one way to do it (mm/policy/). Included by mm/mm.h only.
#pragma once

#include "mm/policy/anonymous_dump.h"
#include "mm/policy/anonymous_offsets.h"
#include "mm/policy/area_before.h"
#include "mm/policy/built_in_request.h"
#include "mm/policy/cached_start.h"
#include "mm/policy/cleared_dead_space.h"
#include "mm/policy/core_waiters.h"
#include "mm/policy/counted_tables.h"
#include "mm/policy/dumpable_bit.h"
#include "mm/policy/executable_area.h"
#include "mm/policy/fault_results.h"
#include "mm/policy/fork_everything.h"
#include "mm/policy/full_mmlist.h"
#include "mm/policy/growing_stats.h"
#include "mm/policy/heap_limits.h"
#include "mm/policy/heap_start.h"
#include "mm/policy/ioctx_chain.h"
#include "mm/policy/ldt_of_users.h"
#include "mm/policy/lock_rules.h"
#include "mm/policy/marked_areas.h"
#include "mm/policy/merge_by_offset.h"
#include "mm/policy/mmap_lengths.h"
#include "mm/policy/new_space_for_exec.h"
#include "mm/policy/no_listeners.h"
#include "mm/policy/no_owner.h"
#include "mm/policy/object_rmap.h"
#include "mm/policy/populated_areas.h"
#include "mm/policy/range_errors.h"
#include "mm/policy/rb_areas.h"
#include "mm/policy/reserved_frames.h"
#include "mm/policy/saved_aux_vector.h"
#include "mm/policy/shared_writes.h"
#include "mm/policy/task_binfmt.h"
#include "mm/policy/timed_token.h"
#include "mm/policy/total_and_anon_rss.h"
#include "mm/policy/vsyscall_page.h"

using area_tree = rb_areas;                       // how an area is found (4.7, 4.11)
using area_search = cached_start;                 // how a free interval is found (4.8)
using area_before = highest_before_none;          // what find_vma_prev says above all areas (4.7)
using file_areas = marked_areas;                  // how a file knows the areas that show it (4.22)
using reverse_map = object_rmap;                  // how a frame knows who maps it (4.22)
using rss_counters = total_and_anon_rss;          // how resident pages are counted (4.20)
using mm_list = full_mmlist;                      // which spaces are on mmlist (D-06)
using dump_permission = dumpable_bit;             // where "dumpable" stands (4.26)
using page_tables = counted_tables;               // how page tables are counted
using aux_vector = saved_aux_vector;              // where the auxiliary vector stays
using swap_token = timed_token;                   // whose pages reclaim spares (4.23)
using space_listeners = no_listeners;             // who is told of changes (4.29)
using area_stats = growing_stats;                 // what /proc adds up (4.31)
using space_owner = no_owner;                     // which of its users owns a space (4.27)
using program_file = executable_area;             // what /proc/PID/exe names (4.28)
using program_format = task_binfmt;               // who loaded the program (D-02)
using aio_contexts = ioctx_chain;                 // where AIO contexts are (4.30)
using sync_request = built_in_request;            // where a read that is waited for stands (4.30)
using core_dumping = core_waiters;                // how a space stops for its dump (4.26)
using syscall_page = vsyscall_page;               // where the kernel's user code is
using space_context = ldt_of_users;               // when the LDT goes (D-07)
using raw_frames = reserved_frames;               // which entries count no frame (4.20)
using fork_rules = fork_everything;               // what fork copies (4.5)
using dump_choice = anonymous_dump<reverse_map>;  // what of an area is dumped (4.26)
using dead_space = cleared_dead_space<area_tree, rss_counters>;  // what is left of a space (4.4)
using mmap_lengths = lenient_lengths;                            // mmap's first checks (4.9)
using heap_limits = heap_above_the_code;                         // where brk may end (4.13)
using exec_space = new_space_for_exec;                           // whose space a new program gets (4.6)
using lock_rules = lock_by_limit;                                // who may lock memory (4.16)
using range_errors = late_range_errors<false>;  // what mprotect and msync refuse (4.14, 4.17)
using shared_writes = writes_mark_entries;      // how writes to files through areas are noticed (4.17)
using heap_start = heap_on_next_page;           // where the heap begins (4.6)
using anonymous_offsets = offset_of_place;      // vm_pgoff without a file (4.9)
using fault_results = fault_codes;              // what handle_mm_fault returns (5.7)
using area_operations = populated_areas;        // what drivers are asked (4.20)

/// What the page-fault trap lets pass (4.19).
struct fault_rules {
    /// How far below ESP a program may touch its stack: PUSHA writes 32 bytes.
    static constexpr ulong stack_slack = 32;
    /// An area with one of these may be read.
    static constexpr ulong readable = VM_READ | VM_EXEC;
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
