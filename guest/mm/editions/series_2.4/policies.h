// SPDX-License-Identifier: GPL-2.0-or-later
// What 2.4.0 and 2.4.18 do in the same way. Included by their policies.h only, which name the rest.
#pragma once

#include "mm/policy/anonymous_offsets.h"
#include "mm/policy/area_before.h"
#include "mm/policy/cleared_dead_space.h"
#include "mm/policy/counted_when_asked.h"
#include "mm/policy/dumpable_bit.h"
#include "mm/policy/executable_area.h"
#include "mm/policy/fault_results.h"
#include "mm/policy/first_fit.h"
#include "mm/policy/fork_everything.h"
#include "mm/policy/heap_limits.h"
#include "mm/policy/heap_start.h"
#include "mm/policy/ldt_buffer_of_users.h"
#include "mm/policy/lock_rules.h"
#include "mm/policy/lonely_dump.h"
#include "mm/policy/mmap_lengths.h"
#include "mm/policy/no_aio.h"
#include "mm/policy/no_listeners.h"
#include "mm/policy/no_owner.h"
#include "mm/policy/no_syscall_page.h"
#include "mm/policy/no_token.h"
#include "mm/policy/nopage_by_access.h"
#include "mm/policy/range_errors.h"
#include "mm/policy/reserved_frames.h"
#include "mm/policy/same_space_for_exec.h"
#include "mm/policy/share_lists.h"
#include "mm/policy/shared_writes.h"
#include "mm/policy/stack_aux_vector.h"
#include "mm/policy/task_binfmt.h"
#include "mm/policy/uncounted_tables.h"
#include "mm/policy/unlisted_request.h"
#include "mm/policy/virtual_scan.h"
#include "mm/policy/written_dump.h"

using area_before = none_before_none;       // what find_vma_prev says above all areas (4.7)
using file_areas = share_lists;             // how a file knows the areas that show it (4.11)
using reverse_map = virtual_scan;           // how pages are taken from those who map them (4.21)
using dump_permission = dumpable_bit;       // where "dumpable" stands (4.26)
using page_tables = uncounted_tables;       // how page tables are counted
using aux_vector = stack_aux_vector;        // where the auxiliary vector stays
using swap_token = no_token;                // whose pages reclaim spares
using space_listeners = no_listeners;       // who is told of changes
using area_stats = counted_when_asked;      // what /proc adds up (4.31)
using space_owner = no_owner;               // which of its users owns a space
using program_file = executable_area;       // what /proc/PID/exe names
using program_format = task_binfmt;         // who loaded the program (D-02)
using aio_contexts = no_aio;                // where AIO contexts are
using sync_request = unlisted_request;      // where a read that is waited for stands
using core_dumping = lonely_dump;           // how a space stops for its dump (4.26)
using syscall_page = no_syscall_page;       // where the kernel's user code is
using raw_frames = reserved_frames;         // which entries count no frame (4.20)
using fork_rules = fork_everything;         // what fork copies (4.5)
using dump_choice = written_dump;           // what of an area is dumped (4.26)
using heap_limits = heap_above_the_code;    // where brk may end (4.13)
using exec_space = same_space_for_exec;     // whose space a new program gets (4.6)
using shared_writes = writes_mark_entries;  // how writes to files through areas are noticed (4.17)
using heap_start = heap_right_behind;       // where the heap begins (4.6)
using anonymous_offsets = offset_as_given;  // vm_pgoff without a file (4.9)
using fault_results = fault_codes;          // what handle_mm_fault returns (5.7)
using area_operations = nopage_by_access;   // what drivers are asked (4.20)

/// What the page-fault trap lets pass (4.19), but for what each edition's fault_rules add.
struct series_fault_rules {
    /// How far below ESP a program may touch its stack: PUSHA writes 32 bytes ahead.
    static constexpr ulong stack_slack = 32;
    /// An area with one of these may be read.
    static constexpr ulong readable = VM_READ | VM_EXEC;
    /// A page that a file gave counts as a major fault, even if it was in memory.
    static constexpr int file_fault = VM_FAULT_MAJOR;
    /// A program does not learn which kernel pages exist.
    static constexpr bool hides_kernel_pages = false;
};
