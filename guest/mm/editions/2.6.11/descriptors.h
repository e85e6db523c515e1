// SPDX-License-Identifier: GPL-2.0-or-later
// The memory descriptors of edition 2.6.11: mm_struct and vm_area_struct, every documented member in the
// documented order (MM_FACTS 3.5, 3.6), and the values of its time that stand in them (5.1).
// Included by mm/mm_types.h only, behind the types that all editions share.
#pragma once

#include "kernel/rwlock.h"
#include "kernel/wait.h"
#include "kioctx.h"

struct anon_vma;

/// The LDT of the address space (arch/ldt.h).
struct mm_context_t {
    int size;   // entries: a multiple of 512
    mutex sem;  // size and ldt
    void* ldt;  // `size` descriptors of 8 bytes; null while size is 0
};

/// What guards size and ldt.
inline mutex* ldt_lock(mm_context_t* context) {
    return &context->sem;
}

/// Start and last are recomputed from vm_pgoff and the size.
struct raw_prio_tree_node {
    raw_prio_tree_node *left, *right, *parent;
};
using prio_tree_node = raw_prio_tree_node;  // what prio_tree.h works on

constexpr unsigned MAX_SWAPFILES = 32;
constexpr unsigned AT_VECTOR_SIZE = 42;

struct mm_struct {
    vm_area_struct* mmap;        // list of VMAs, ascending. mmap_sem(w)
    rb_root mm_rb;               // the same VMAs by vm_start. mmap_sem(w)
    vm_area_struct* mmap_cache;  // last find_vma result. Racy by design: written under mmap_sem(r)
    ulong (*get_unmapped_area)(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
    void (*unmap_area)(vm_area_struct* area);
    ulong mmap_base;        // where the mmap area starts (bottom-up) or ends (top-down)
    ulong free_area_cache;  // where the search for a free interval begins
    pgd_t* pgd;             // linear address of the page directory
    atomic_t mm_users;      // tasks (and pins) that use the user space
    atomic_t mm_count;      // references to this structure; all users count as one
    int map_count;          // length of the list
    rw_semaphore mmap_sem;
    spinlock_t page_table_lock;  // page tables, rss, anon_rss, nr_ptes

    list_head mmlist;  // all mms, off init_mm.mmlist (D-06). mmlist_lock

    ulong start_code, end_code, start_data, end_data;
    ulong start_brk, brk, start_stack;
    ulong arg_start, arg_end, env_start, env_end;
    ulong rss, anon_rss, total_vm, locked_vm, shared_vm;  // pages
    ulong exec_vm, stack_vm, reserved_vm, def_flags, nr_ptes;

    ulong saved_auxv[AT_VECTOR_SIZE];  // for /proc/PID/auxv

    unsigned dumpable : 1;  // may dump core
    cpumask_t cpu_vm_mask;  // processors whose TLB may hold this space

    mm_context_t context;

    // The swap token (4.23). swap_token_lock
    ulong swap_token_time;  // not before this moment may it be taken again. jiffies
    char recent_pagein;     // the holder has read a page since somebody last asked. Written without the lock

    // A dump in progress. mmap_sem(w)
    int core_waiters;                      // who has not stopped yet
    struct completion* core_startup_done;  // told by the last one
    struct completion core_done;           // the dump is written

    rwlock_t ioctx_list_lock;      // guards ioctx_list
    struct kioctx* ioctx_list;     // AIO contexts (fs/aio.h), the newest first, chained by kioctx::next
    struct kioctx default_kioctx;  // of reads and writes that are waited for, without a ring

    ulong hiwater_rss;  // peaks, raised as the space grows
    ulong hiwater_vm;
};

struct vm_area_struct {
    mm_struct* vm_mm;
    ulong vm_start;  // first byte
    ulong vm_end;    // first byte behind
    vm_area_struct* vm_next;
    pgprot_t vm_page_prot;
    ulong vm_flags;
    rb_node vm_rb;
    union {
        struct {
            list_head list;
            void* parent;
            vm_area_struct* head;
        } vm_set;
        struct raw_prio_tree_node prio_tree_node;
    } shared;                   // which half: prio_tree.h. i_mmap_lock of the file
    list_head anon_vma_node;    // in anon_vma->head. anon_vma->lock
    struct anon_vma* anon_vma;  // null: no anonymous page has been here. Set once, page_table_lock
    vm_operations_struct* vm_ops;
    ulong vm_pgoff;  // pages: offset in vm_file, or vm_start / PAGE_SIZE for private anonymous memory
    file* vm_file;   // holds a reference
    void* vm_private_data;
    ulong vm_truncate_count;  // the file's truncate_count that the area has seen. i_mmap_lock
};

/// What a driver does for its area (policy populated_areas).
struct vm_operations_struct {
    void (*open)(vm_area_struct* area);
    void (*close)(vm_area_struct* area);
    /// The page at `address`, with a reference, or NOPAGE_SIGBUS, NOPAGE_OOM. *type: fault_codes' MAJOR if it
    /// had to be read, else as it was.
    struct page* (*nopage)(vm_area_struct* area, ulong address, int* type);
    /// Enters the pages of the file from `pgoff` on at [address, address + len). With `nonblock` only those
    /// that need no waiting. mmap_sem is held. 0, -ENOMEM, or -EINVAL: there is no such page.
    int (*populate)(vm_area_struct* area, ulong address, ulong len, pgprot_t prot, ulong pgoff, int nonblock);
};

/// The processors whose TLB may hold the space, as a bit map.
constexpr ulong* mm_cpumask(mm_struct* mm) {
    return mm->cpu_vm_mask.bits;
}
constexpr const ulong* mm_cpumask(const mm_struct* mm) {
    return mm->cpu_vm_mask.bits;
}

// Where the lengths of our locks do not matter, members stand where they stood.
static_assert(sizeof(void*) != 4 ||
              (offsetof(mm_struct, mm_count) == 36 && offsetof(mm_struct, mmap_sem) == 44));
static_assert(sizeof(void*) != 4 || (offsetof(vm_area_struct, shared) == 40 && sizeof(vm_area_struct) == 88));

/// vm_flags (MM_FACTS 5.1)
enum : ulong {
    VM_READ = 0x1,
    VM_WRITE = 0x2,
    VM_EXEC = 0x4,
    VM_SHARED = 0x8,
    VM_MAYREAD = 0x10,
    VM_MAYWRITE = 0x20,
    VM_MAYEXEC = 0x40,
    VM_MAYSHARE = 0x80,
    VM_GROWSDOWN = 0x100,
    VM_GROWSUP = 0x200,
    VM_SHM = 0x400,
    VM_DENYWRITE = 0x800,
    VM_EXECUTABLE = 0x1000,
    VM_LOCKED = 0x2000,
    VM_IO = 0x4000,
    VM_SEQ_READ = 0x8000,
    VM_RAND_READ = 0x10000,
    VM_DONTCOPY = 0x20000,
    VM_DONTEXPAND = 0x40000,
    VM_RESERVED = 0x80000,
    VM_ACCOUNT = 0x100000,
    VM_HUGETLB = 0x400000,
    VM_NONLINEAR = 0x800000,

    // Properties that areas got later: none has them here.
    VM_PFNMAP = 0,
    VM_NORESERVE = 0,
    VM_INSERTPAGE = 0,
    VM_CAN_NONLINEAR = 0,
};
constexpr ulong VM_STACK_FLAGS = 0x100173;
constexpr ulong VM_DATA_DEFAULT_FLAGS = 0x100073;  // do_brk
constexpr ulong VM_SPECIAL = VM_IO | VM_DONTCOPY | VM_DONTEXPAND | VM_RESERVED;
