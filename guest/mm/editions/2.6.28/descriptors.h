// SPDX-License-Identifier: GPL-2.0-or-later
// The memory descriptors of edition 2.6.28: mm_struct and vm_area_struct, every documented member in the
// documented order (MM_FACTS 3.7, 3.8), and the values of its time that stand in them (5.1, 5.7, 5.8).
// Included by mm/mm_types.h only, behind the types that all editions share.
#pragma once

struct anon_vma;
struct core_state;
struct mmu_notifier_mm;

typedef ulong mm_counter_t;  // one page_table_lock guards it (MM_FACTS 3.7, rows 17 and 18)

/// The LDT of the address space (arch/ldt.h) and the address of the vdso page (arch/vdso.h; null: there is
/// none).
struct mm_context_t {
    void* ldt;   // `size` descriptors of 8 bytes; null while size is 0
    int size;    // a multiple of 512
    mutex lock;  // ldt and size
    void* vdso;
};

/// What guards size and ldt.
inline mutex* ldt_lock(mm_context_t* context) {
    return &context->lock;
}

/// Three words: start and last are recomputed from vm_pgoff and the size (MM_FACTS D-04).
struct prio_tree_node {
    prio_tree_node *left, *right, *parent;
};

constexpr unsigned AT_VECTOR_SIZE = 44;
constexpr unsigned MAX_SWAPFILES = 30;

struct mm_struct {
    vm_area_struct* mmap;        // list of VMAs, ascending. mmap_sem(w)
    rb_root mm_rb;               // the same VMAs by vm_start. mmap_sem(w)
    vm_area_struct* mmap_cache;  // last find_vma result. Racy by design: written under mmap_sem(r)
    ulong (*get_unmapped_area)(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
    void (*unmap_area)(mm_struct* mm, ulong addr);
    ulong mmap_base;         // where the mmap area starts (bottom-up) or ends (top-down)
    ulong task_size;         // set by exec
    ulong cached_hole_size;  // if not 0: the largest hole below free_area_cache; ~0 unknown
    ulong free_area_cache;   // first address with a hole of that size or larger
    pgd_t* pgd;              // linear address of the page directory
    atomic_t mm_users;       // tasks (and pins) that use the user space
    atomic_t mm_count;       // references to this structure; all users count as one
    int map_count;           // length of the list
    rw_semaphore mmap_sem;
    spinlock_t page_table_lock;  // page tables, the two rss counters, nr_ptes

    list_head mmlist;  // mms that may own swap entries, off init_mm.mmlist. mmlist_lock

    mm_counter_t _file_rss;  // resident frames of files
    mm_counter_t _anon_rss;  // resident anonymous frames

    ulong hiwater_rss;  // peaks, recorded just before a decrease
    ulong hiwater_vm;

    ulong total_vm, locked_vm, shared_vm, exec_vm;  // pages
    ulong stack_vm, reserved_vm, def_flags, nr_ptes;
    ulong start_code, end_code, start_data, end_data;
    ulong start_brk, brk, start_stack;
    ulong arg_start, arg_end, env_start, env_end;

    ulong saved_auxv[AT_VECTOR_SIZE];  // for /proc/PID/auxv

    linux_binfmt* binfmt;

    cpumask_t cpu_vm_mask;  // processors whose TLB may hold this space

    mm_context_t context;

    // The claim to the swap token (4.23). swap_token_lock
    unsigned faultstamp;      // what the global count of faults was at the last attempt to take it
    unsigned token_priority;  // how strong the claim is
    unsigned last_interval;   // faults of everybody between the latest two attempts

    ulong flags;  // dumpable bits and core filter; atomic bit operations only

    struct core_state* core_state;  // a dump in progress (kernel/coredump.h). mmap_sem(w)
    spinlock_t ioctx_lock;          // guards ioctx_list
    hlist_head ioctx_list;          // AIO contexts (fs/aio.h), the newest first
    task_struct* owner;             // canonical user of this mm
    file* exe_file;                 // what /proc/PID/exe names
    ulong num_exe_file_vmas;
    struct mmu_notifier_mm* mmu_notifier_mm;  // listeners, from the first on. mmap_sem(w), read freely
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
        struct prio_tree_node prio_tree_node;
    } shared;                   // which half: prio_tree.h. i_mmap_lock of the file
    list_head anon_vma_node;    // in anon_vma->head. anon_vma->lock
    struct anon_vma* anon_vma;  // null: no anonymous page has been here. Set once, page_table_lock
    vm_operations_struct* vm_ops;
    ulong vm_pgoff;  // pages: offset in vm_file, or vm_start / PAGE_SIZE for private anonymous memory
    file* vm_file;   // holds a reference
    void* vm_private_data;
};

/// What a driver does for its area (policy fault_requests).
struct vm_operations_struct {
    void (*open)(vm_area_struct* vma);
    void (*close)(vm_area_struct* vma);
    int (*fault)(vm_area_struct* vma, vm_fault* vmf);
    int (*page_mkwrite)(vm_area_struct* vma, struct page* page);
    int (*access)(vm_area_struct* vma, ulong addr, void* buf, int len, int write);
};

/// The processors whose TLB may hold the space, as a bit map.
constexpr ulong* mm_cpumask(mm_struct* mm) {
    return mm->cpu_vm_mask.bits;
}
constexpr const ulong* mm_cpumask(const mm_struct* mm) {
    return mm->cpu_vm_mask.bits;
}

// Where the lengths of our locks do not matter, members stand where they stood (the host's tests are 64-bit).
static_assert(sizeof(void*) != 4 ||
              (offsetof(mm_struct, mm_count) == 44 && offsetof(mm_struct, mmap_sem) == 52));
static_assert(offsetof(mm_struct, mmu_notifier_mm) + sizeof(void*) == sizeof(mm_struct));
static_assert(sizeof(void*) != 4 || (offsetof(vm_area_struct, shared) == 36 && sizeof(vm_area_struct) == 80));

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
    VM_PFNMAP = 0x400,
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
    VM_NORESERVE = 0x200000,
    VM_HUGETLB = 0x400000,
    VM_NONLINEAR = 0x800000,
    VM_MAPPED_COPY = 0x1000000,
    VM_INSERTPAGE = 0x2000000,
    VM_ALWAYSDUMP = 0x4000000,
    VM_CAN_NONLINEAR = 0x8000000,
    VM_MIXEDMAP = 0x10000000,
    VM_SAO = 0x20000000,
};
constexpr ulong VM_STACK_FLAGS = 0x100173;
constexpr ulong VM_DATA_DEFAULT_FLAGS = 0x100073;  // do_brk
constexpr ulong VM_SPECIAL = VM_IO | VM_DONTEXPAND | VM_RESERVED | VM_PFNMAP;

/// mm->flags (MM_FACTS 5.8): low bits dumpable, then the core filter
enum : unsigned {
    MMF_DUMPABLE = 0,
    MMF_DUMP_SECURELY = 1,
    MMF_DUMP_ANON_PRIVATE = 2,
    MMF_DUMP_ANON_SHARED = 3,
    MMF_DUMP_MAPPED_PRIVATE = 4,
    MMF_DUMP_MAPPED_SHARED = 5,
    MMF_DUMP_ELF_HEADERS = 6
};
constexpr unsigned MMF_DUMP_FILTER_SHIFT = 2, MMF_DUMP_FILTER_BITS = 7;
constexpr ulong MMF_DUMP_FILTER_DEFAULT = 0x8C;
constexpr ulong MMF_INIT_MASK = 0x1FF;
