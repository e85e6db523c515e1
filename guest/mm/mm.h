// SPDX-License-Identifier: GPL-2.0-or-later
// What the rest of the kernel asks of memory management. MM_FACTS section 4 is the contract of each
// operation.
#pragma once

#include "mm/gfp.h"
#include "mm/mm_types.h"

struct pt_regs;
struct linux_binprm;
struct kmem_cache;

extern mm_struct init_mm;  // the boot and swapper's descriptor: pgd = swapper_pg_dir
extern spinlock_t mmlist_lock;
extern kmem_cache *mm_cachep, *vm_area_cachep;

/// Makes the slab caches and completes init_mm. Once, after kmem_cache_init.
void mm_cache_init();

// Life of a descriptor (MM_FACTS 4.1 - 4.6): mm.cpp, fork_mm.cpp, exit_mm.cpp, exec_mm.cpp, tlb.cpp
mm_struct* mm_alloc();                      // null: out of memory. mm_users = mm_count = 1
void mmget(mm_struct* mm);                  // mm_users + 1: of an mm that has users
void mmgrab(mm_struct* mm);                 // mm_count + 1: the descriptor stays, not its areas
void mmput(mm_struct* mm);                  // may sleep
void mmdrop(mm_struct* mm);                 // frees at zero
mm_struct* get_task_mm(task_struct* task);  // with mm_users + 1, or null for kernel threads and the dead
/// The mm part of fork: shares (CLONE_VM) or duplicates current's mm into `child`. 0 or -ENOMEM.
int copy_mm(ulong clone_flags, task_struct* child);
/// The mm part of exit: wakes a vfork parent, keeps the mm as active_mm, mmput. Sets task->mm to null.
void exit_mm(task_struct* task);
/// exec: current gives up its mm for `mm` (active_mm and CR3 follow). 0 or -errno.
int exec_mmap(mm_struct* mm);
/// Tells a vfork parent that the child no longer uses the parent's mm.
void mm_release(task_struct* task, mm_struct* mm);
/// Loads next's page directory and keeps cpu_vm_mask. Interrupts may be on; preemption is off.
void switch_mm(mm_struct* prev, mm_struct* next, task_struct* task);
void activate_mm(mm_struct* prev, mm_struct* next);
/// A kernel thread works in a process's space: user addresses are that process's until unuse_mm. The caller
/// keeps `mm` from ending (mmu_context.cpp).
void use_mm(mm_struct* mm);
void unuse_mm(mm_struct* mm);
/// A kernel thread borrows `mm` (current->active_mm): no CR3 load.
void enter_lazy_tlb(mm_struct* mm, task_struct* task);

// Searching (4.7): vma.cpp, stack.cpp
vm_area_struct* find_vma(mm_struct* mm, ulong addr);
/// `*pprev` is the area below the result; where there is no result, policy area_before says.
vm_area_struct* find_vma_prev(mm_struct* mm, ulong addr, vm_area_struct** pprev);
vm_area_struct* find_vma_intersection(mm_struct* mm, ulong start, ulong end);
vm_area_struct* find_extend_vma(mm_struct* mm, ulong addr);

// Changing the address space: mmap.cpp, munmap.cpp, brk.cpp, mprotect.cpp, layout.cpp, stack.cpp,
// accounting.cpp. mmap_sem is held for writing, unless the name begins with sys_ or the line says otherwise.
enum : ulong {
    PROT_NONE = 0,
    PROT_READ = 1,
    PROT_WRITE = 2,
    PROT_EXEC = 4,
    PROT_SEM = 8,
    PROT_GROWSDOWN = 0x01000000,
    PROT_GROWSUP = 0x02000000
};
enum : ulong {
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_TYPE = 0xF,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_GROWSDOWN = 0x100,
    MAP_DENYWRITE = 0x800,
    MAP_EXECUTABLE = 0x1000,
    MAP_LOCKED = 0x2000,
    MAP_NORESERVE = 0x4000,
    MAP_POPULATE = 0x8000,
    MAP_NONBLOCK = 0x10000,
    MAP_STACK = 0x20000
};
/// The address, or -errno.
ulong do_mmap_pgoff(file* filp, ulong addr, ulong len, ulong prot, ulong flags, ulong pgoff);
int do_munmap(mm_struct* mm, ulong start, ulong len);
ulong do_brk(ulong addr, ulong len);
ulong get_unmapped_area(file* filp, ulong addr, ulong len, ulong pgoff, ulong flags);
int insert_vm_struct(mm_struct* mm, vm_area_struct* vma);
int expand_stack(vm_area_struct* vma, ulong address);  // mmap_sem held at least for reading
int may_expand_vm(mm_struct* mm, ulong npages);
pgprot_t vm_get_page_prot(ulong vm_flags);
ulong vm_committed_pages();  // promised to areas with VM_ACCOUNT, for /proc/meminfo
void arch_pick_mmap_layout(mm_struct* mm);

long sys_brk(ulong brk);
long sys_mmap2(ulong addr, ulong len, ulong prot, ulong flags, ulong fd, ulong pgoff);
long old_mmap(const void* arguments);  // system call 90: six longs in user memory, offset in bytes
long sys_munmap(ulong addr, ulong len);
long sys_mprotect(ulong start, ulong len, ulong prot);

// Advice, residence, locking and writing back (4.16, 4.17): mlock.cpp, madvise.cpp, mincore.cpp, msync.cpp
enum : int {
    MADV_NORMAL = 0,
    MADV_RANDOM = 1,
    MADV_SEQUENTIAL = 2,
    MADV_WILLNEED = 3,
    MADV_DONTNEED = 4,
    MADV_REMOVE = 9,
    MADV_DONTFORK = 10,
    MADV_DOFORK = 11
};
enum : int { MCL_CURRENT = 1, MCL_FUTURE = 2 };
enum : int { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };
enum : ulong { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2 };
long sys_mremap(ulong addr, ulong old_len, ulong new_len, ulong flags, ulong new_addr);    // 4.15: mremap.cpp
long sys_remap_file_pages(ulong start, ulong size, ulong prot, ulong pgoff, ulong flags);  // fremap.cpp
long sys_mlock(ulong start, ulong len);
long sys_munlock(ulong start, ulong len);
long sys_mlockall(int flags);
long sys_munlockall();
long sys_madvise(ulong start, ulong len, int advice);
/// One byte a page into user memory at `vec`: 1 if it is in memory.
long sys_mincore(ulong start, ulong len, u8* vec);
long sys_msync(ulong start, ulong len, int flags);

// Page tables and faults (4.19, 4.20): fault.cpp, memory.cpp, gup.cpp, copy_range.cpp, pgtable.cpp, tlb.cpp
/// The page-fault trap. `error_code` as the CPU pushed it; CR2 is read first thing.
void do_page_fault(pt_regs* regs, ulong error_code);
/// What came of it: the edition's fault_results say.
int handle_mm_fault(mm_struct* mm, vm_area_struct* vma, ulong address, int write_access);
/// Faults in [addr, addr + len) as the areas allow. 0 or -errno.
int make_pages_present(ulong addr, ulong end);
int copy_page_range(mm_struct* dst, mm_struct* src, vm_area_struct* vma);
pgd_t* pgd_alloc(mm_struct* mm);
void pgd_free(mm_struct* mm, pgd_t* pgd);

/// TLB maintenance; each loads CR3 or INVLPG only if `mm` is loaded.
void flush_tlb_mm(mm_struct* mm);
void flush_tlb_page(vm_area_struct* vma, ulong address);
void flush_tlb_range(vm_area_struct* vma, ulong start, ulong end);
/// Kernel addresses whose entries in init_mm's tables are gone: every space forgets them.
void flush_tlb_kernel_range(ulong start, ulong end);

// Building a program's space (exec, 4.6): exec_mm.cpp
/// Gives bprm a new mm with a one-page stack VMA at STACK_TOP. 0 or -ENOMEM.
int bprm_mm_init(linux_binprm* bprm);
/// Copies `len` bytes of kernel memory into the new stack (in bprm->mm, not current) at user address `at`; it
/// grows as needed. 0, -EFAULT (not user space), -E2BIG (beyond the stack's limits) or -ENOMEM.
int bprm_copy_to_stack(linux_binprm* bprm, ulong at, const void* from, ulong len);
/// Final stack VMA: flags, extra room of 20 pages. After exec_mmap, in current->mm. `stack_top` is STACK_TOP:
/// addresses are not randomised. 0 or -errno.
int setup_arg_pages(linux_binprm* bprm, ulong stack_top);

// Memory of devices: remap.cpp
/// A driver's mmap: maps physical frames from `pfn` on at [addr, addr + size), uncounted; the area becomes
/// VM_IO, VM_RESERVED, VM_PFNMAP. Held. 0, -ENOMEM, -EINVAL (a private area that may be written).
int remap_pfn_range(vm_area_struct* vma, ulong addr, ulong pfn, ulong size, pgprot_t prot);
/// The access of such areas, in editions that ask drivers: moves up to a page's rest to or from kernel
/// memory. Bytes or -errno. access_phys.cpp
int generic_access_phys(vm_area_struct* vma, ulong addr, void* buf, int len, int write);

// Statistics of the paths above, for /proc and the tour: vmstat.cpp
struct vm_event_state {
    ulong pgfault, pgmajfault;                            // all / major faults
    ulong find_vma_calls, find_vma_hits, find_vma_steps;  // mmap_cache hits; nodes the rest looked at
    ulong find_vma_worst;                                 // the most steps of one look-up
    ulong cow_copied;                                     // a write got a copy of a page that others use
    ulong cow_reused;                // a write to a read-only entry whose frame had no other user
    ulong zero_page_mapped;          // a read of untouched anonymous memory
    ulong demand_zeroed;             // a write to untouched anonymous memory, or where the zero page was
    ulong file_mapped;               // a page of the cache mapped as it is
    ulong stack_grown;               // expand_stack moved an area's start
    ulong pgalloc, pgfree;           // frames
    ulong pswpin, pswpout;           // pages read from and written to swap areas
    ulong pgscan, pgsteal;           // pages that reclaim looked at / gave back
    ulong pgactivate, pgdeactivate;  // moves between the lists by reclaim
    ulong allocstall, kswapd_runs;   // callers that had to reclaim themselves / times kswapd woke
    ulong swap_cache_hits;           // faults that found the page of their slot in memory
    ulong oom_kill;                  // processes ended because there was no memory
};
extern vm_event_state vm_stat;

#include "policies.h"  // the edition's: guest/mm/editions/VERSION

inline ulong get_mm_rss(const mm_struct* mm) {
    return rss_counters::total(mm);
}
