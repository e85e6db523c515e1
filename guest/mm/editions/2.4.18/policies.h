// SPDX-License-Identifier: GPL-2.0-or-later
// What edition 2.4.18 does in its own way: each name is a policy that the shared code calls, the type behind
// it one way to do it (mm/policy/). Included by mm/mm.h only.
#pragma once

#include "mm/policy/all_spaces.h"
#include "mm/policy/anonymous_offsets.h"
#include "mm/policy/cleared_dead_space.h"
#include "mm/policy/counted_when_asked.h"
#include "mm/policy/dumpable_bit.h"
#include "mm/policy/executable_area.h"
#include "mm/policy/first_fit.h"
#include "mm/policy/fork_everything.h"
#include "mm/policy/heap_limits.h"
#include "mm/policy/heap_start.h"
#include "mm/policy/ldt_buffer_of_users.h"
#include "mm/policy/lock_rules.h"
#include "mm/policy/lonely_dump.h"
#include "mm/policy/merge_by_flags.h"
#include "mm/policy/mmap_lengths.h"
#include "mm/policy/no_aio.h"
#include "mm/policy/no_listeners.h"
#include "mm/policy/no_owner.h"
#include "mm/policy/no_syscall_page.h"
#include "mm/policy/no_token.h"
#include "mm/policy/one_rss.h"
#include "mm/policy/range_errors.h"
#include "mm/policy/rb_areas.h"
#include "mm/policy/reserved_frames.h"
#include "mm/policy/same_space_for_exec.h"
#include "mm/policy/scan_rounds.h"
#include "mm/policy/share_lists.h"
#include "mm/policy/shared_writes.h"
#include "mm/policy/stack_aux_vector.h"
#include "mm/policy/task_binfmt.h"
#include "mm/policy/uncounted_tables.h"
#include "mm/policy/virtual_scan.h"
#include "mm/policy/written_dump.h"

using area_tree = rb_areas;                       // how an area is found (4.7, 4.11)
using area_search = first_fit;                    // how a free interval is found (4.8)
using file_areas = share_lists;                   // how a file knows the areas that show it (4.11)
using reverse_map = virtual_scan;                 // how pages are taken from those who map them (4.21)
using scan_order = scan_rounds;                   // whose turn it is to give pages up (4.21)
using rss_counters = one_rss;                     // how resident pages are counted (4.20)
using mm_list = all_spaces;                       // which spaces are on mmlist (D-06)
using dump_permission = dumpable_bit;             // where "dumpable" stands (4.26)
using page_tables = uncounted_tables;             // how page tables are counted
using aux_vector = stack_aux_vector;              // where the auxiliary vector stays
using swap_token = no_token;                      // whose pages reclaim spares
using space_listeners = no_listeners;             // who is told of changes
using area_stats = counted_when_asked;            // what /proc adds up (4.31)
using space_owner = no_owner;                     // which of its users owns a space
using program_file = executable_area;             // what /proc/PID/exe names
using program_format = task_binfmt;               // who loaded the program (D-02)
using aio_contexts = no_aio;                      // where AIO contexts are
using core_dumping = lonely_dump;                 // how a space stops for its dump (4.26)
using syscall_page = no_syscall_page;             // where the kernel's user code is
using space_context = ldt_buffer_of_users<true>;  // when the LDT goes (D-07)
using raw_frames = reserved_frames;               // which entries count no frame (4.20)
using fork_rules = fork_everything;               // what fork copies (4.5)
using dump_choice = written_dump;                 // what of an area is dumped (4.26)
using mmap_lengths = lenient_lengths;             // mmap's first checks (4.9)
using heap_limits = heap_above_the_code;          // where brk may end (4.13)
using exec_space = same_space_for_exec;           // whose space a new program gets (4.6)
using lock_rules = lock_by_superuser;             // who may lock memory (4.16)
using range_errors = early_range_errors<true>;    // what mprotect and msync refuse (4.14, 4.17)
using shared_writes = writes_mark_entries;        // how writes to files through areas are noticed (4.17)
using heap_start = heap_right_behind;             // where the heap begins (4.6)
using anonymous_offsets = offset_as_given;        // vm_pgoff without a file (4.9)
using dead_space = cleared_dead_space<area_tree, rss_counters>;  // what is left of a space (4.4)
using merge_rules = merge_by_flags<reverse_map>;                 // which neighbours become one (4.10)

/// What the page-fault trap lets pass (4.19).
struct fault_rules {
    /// How far below ESP a program may touch its stack: PUSHA writes 32 bytes ahead.
    static constexpr ulong stack_slack = 32;
    /// An area with one of these may be read.
    static constexpr ulong readable = VM_READ | VM_EXEC;
    /// A page that a file gave counts as a major fault, even if it was in memory.
    static constexpr int file_fault = VM_FAULT_MAJOR;
    /// A program does not learn which kernel pages exist.
    static constexpr bool hides_kernel_pages = false;
    /// A page that had to be read from a swap area.
    static constexpr int swap_in = VM_FAULT_MAJOR;
    /// Any access to a kernel address brings the page directory up to date, whoever made it.
    static constexpr bool eager_directory = false;
    /// pid 1 tries again when there is no memory.
    static constexpr bool spares_init = true;
};
