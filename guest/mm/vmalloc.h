// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel memory that is contiguous in linear addresses only (MM_FACTS 4.25). init_mm's page tables are its
// master: a process's page directory gets an entry of the range when the process first touches it there
// (vmalloc_fault).
#pragma once

#include "mm/gfp.h"

/// The range lies behind the linear map of RAM, with a gap that catches what runs over its end.
constexpr ulong VMALLOC_OFFSET = 8ul << 20;
constexpr ulong VMALLOC_END = 0xFFFFD000;
inline ulong VMALLOC_START() {
    return reinterpret_cast<ulong>(high_memory) + VMALLOC_OFFSET;
}

enum : ulong { VM_ALLOC = 2 };  // vm_struct::flags: made by vmalloc

/// One area of the range. A page that is never mapped follows each.
struct vm_struct {
    vm_struct* next;  // by address, from vmlist. vmlist_lock
    void* addr;
    ulong size;  // bytes, with the page behind
    ulong flags;
    page** pages;
    unsigned nr_pages;
    const void* caller;  // who asked for it
};
extern vm_struct* vmlist;
extern spinlock_t vmlist_lock;

/// At least `size` bytes, not zeroed; null if there is no memory or no room, or if `size` is 0. May sleep.
void* vmalloc(ulong size);
/// Frees what vmalloc gave. Null is allowed. Not in interrupts.
void vfree(const void* address);
/// The frame behind an address of the range, or null.
page* vmalloc_to_page(const void* address);

struct vmalloc_info {
    ulong total, used, largest_chunk;  // bytes: of the range, in areas, of the largest hole
};
vmalloc_info get_vmalloc_info();
