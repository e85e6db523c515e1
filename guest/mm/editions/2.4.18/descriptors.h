// SPDX-License-Identifier: GPL-2.0-or-later
// The memory descriptors of edition 2.4.18: mm_struct and vm_area_struct, every documented member in the
// documented order (MM_FACTS 3.3, 3.4). Included by mm/mm_types.h only, behind the types that all editions
// share.
#pragma once

constexpr unsigned MAX_SWAPFILES = 32;

typedef rb_node rb_node_t;
typedef rb_root rb_root_t;

/// The LDT of the address space (arch/ldt_buffer.cpp).
struct mm_context_t {
    void* segments;  // LDT_ENTRIES descriptors of 8 bytes; null: there is none. mmap_sem(w)
    ulong cpuvalid;  // processors that have loaded it
};

struct mm_struct {
    vm_area_struct* mmap;        // list of VMAs, ascending. mmap_sem(w) and page_table_lock
    rb_root_t mm_rb;             // the same VMAs by vm_start. mmap_sem(w) and page_table_lock
    vm_area_struct* mmap_cache;  // last find_vma result. Racy by design
    pgd_t* pgd;                  // linear address of the page directory
    atomic_t mm_users;           // tasks (and pins) that use the user space
    atomic_t mm_count;           // references to this structure; all users count as one
    int map_count;               // length of the list
    rw_semaphore mmap_sem;
    spinlock_t page_table_lock;  // page tables, rss, and areas against the scan for pages to swap out
    list_head mmlist;            // all spaces with users, behind init_mm's. mmlist_lock
    ulong start_code, end_code, start_data, end_data;
    ulong start_brk, brk, start_stack;
    ulong arg_start, arg_end, env_start, env_end;
    ulong rss;                  // page frames that the space maps. page_table_lock
    ulong total_vm, locked_vm;  // pages. mmap_sem(w)
    ulong def_flags;            // what every new mapping gets: VM_LOCKED or nothing
    ulong cpu_vm_mask;          // processors whose TLB may hold this space
    ulong swap_address;         // where the scan goes on; TASK_SIZE: it is through. page_table_lock
    unsigned dumpable : 1;      // may it be dumped?
    mm_context_t context;
};

struct vm_area_struct {
    mm_struct* vm_mm;
    ulong vm_start;  // first byte
    ulong vm_end;    // first byte behind
    vm_area_struct* vm_next;
    pgprot_t vm_page_prot;
    ulong vm_flags;
    rb_node_t vm_rb;
    vm_area_struct* vm_next_share;    // the next area of the same file and kind. i_shared_lock
    vm_area_struct** vm_pprev_share;  // who points to this one
    vm_operations_struct* vm_ops;
    ulong vm_pgoff;  // pages: offset in vm_file; of anonymous memory what mmap was given
    file* vm_file;   // holds a reference
    ulong vm_raend;  // where reading ahead has got to; 0: nowhere
    void* vm_private_data;
};

/// What a driver does for its area.
struct vm_operations_struct {
    void (*open)(vm_area_struct* area);
    void (*close)(vm_area_struct* area);
    /// The page at `address`, with a reference, or NOPAGE_SIGBUS, NOPAGE_OOM (policy nopage_by_access).
    struct page* (*nopage)(vm_area_struct* area, ulong address, int write_access);
};

static_assert(sizeof(void*) != 4 || sizeof(vm_area_struct) == 68);

#include "mm/editions/series_2.4/values.h"
