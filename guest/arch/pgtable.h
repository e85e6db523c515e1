// SPDX-License-Identifier: GPL-2.0-or-later
// i386 page tables without PAE: two levels of 1024 entries (Intel SDM vol. 3, section 4.3;
// MM_FACTS 5.4, 5.5).
#pragma once

#include "lib/types.h"

constexpr unsigned PAGE_SHIFT = 12;
constexpr ulong PAGE_SIZE = 1ul << PAGE_SHIFT;
constexpr ulong PAGE_MASK = ~(PAGE_SIZE - 1);
constexpr unsigned PGDIR_SHIFT = 22;
constexpr ulong PGDIR_SIZE = 1ul << PGDIR_SHIFT;
constexpr ulong PGDIR_MASK = ~(PGDIR_SIZE - 1);
constexpr unsigned PTRS_PER_PGD = 1024, PTRS_PER_PTE = 1024;

constexpr ulong PAGE_OFFSET = 0xC0000000ul;
constexpr ulong TASK_SIZE = PAGE_OFFSET;
constexpr ulong STACK_TOP = TASK_SIZE;
constexpr ulong TASK_UNMAPPED_BASE = TASK_SIZE / 3;
constexpr unsigned USER_PTRS_PER_PGD = TASK_SIZE / PGDIR_SIZE;  // 768

constexpr ulong PAGE_ALIGN(ulong address) {
    return (address + PAGE_SIZE - 1) & PAGE_MASK;
}

struct pte_t {
    ulong pte;
};
struct pgd_t {
    ulong pgd;
};
struct pgprot_t {
    ulong pgprot;
};

enum : ulong {
    _PAGE_PRESENT = 0x001,
    _PAGE_RW = 0x002,
    _PAGE_USER = 0x004,
    _PAGE_PWT = 0x008,
    _PAGE_PCD = 0x010,
    _PAGE_ACCESSED = 0x020,
    _PAGE_DIRTY = 0x040,
    _PAGE_PSE = 0x080,
    _PAGE_GLOBAL = 0x100,
    _PAGE_SPECIAL = 0x200,   // software: no struct page is counted for this entry (the zero page)
    _PAGE_FILE = 0x040,      // not present: a nonlinear file page
    _PAGE_PROTNONE = 0x080,  // not present to the CPU, present to the kernel
};
constexpr ulong _PAGE_TABLE =
    _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY;                 // user PDE 0x067
constexpr ulong _KERNPG_TABLE = _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY;  // kernel PDE 0x063
constexpr ulong _PAGE_CHG_MASK =
    PAGE_MASK | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_PCD | _PAGE_PWT | _PAGE_SPECIAL;

constexpr pgprot_t PAGE_NONE{_PAGE_PROTNONE | _PAGE_ACCESSED};
constexpr pgprot_t PAGE_READONLY{_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED};
constexpr pgprot_t PAGE_COPY = PAGE_READONLY;
constexpr pgprot_t PAGE_SHARED{_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED};
constexpr pgprot_t PAGE_KERNEL{_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY};

/// The kernel's own page directory: master of the kernel half (MM_FACTS 4.25). Page-aligned.
extern "C" pgd_t swapper_pg_dir[PTRS_PER_PGD];

/// Linear map of low memory: [PAGE_OFFSET, high_memory) shows physical [0, high_memory - PAGE_OFFSET).
extern void* high_memory;
#ifdef MMSCOPE_HOST
extern ulong linear_map_base;  // host tests of the pure files have their frames elsewhere
#else
constexpr ulong linear_map_base = PAGE_OFFSET;
#endif
inline ulong __pa(const void* linear) {
    return reinterpret_cast<ulong>(linear) - linear_map_base;
}
inline void* __va(ulong physical) {
    return reinterpret_cast<void*>(physical + linear_map_base);
}

constexpr unsigned pgd_index(ulong address) {
    return static_cast<unsigned>(address >> PGDIR_SHIFT);
}
constexpr unsigned pte_index(ulong address) {
    return static_cast<unsigned>(address >> PAGE_SHIFT) & (PTRS_PER_PTE - 1);
}

inline bool pgd_none(pgd_t e) {
    return e.pgd == 0;
}
inline bool pgd_present(pgd_t e) {
    return e.pgd & _PAGE_PRESENT;
}
inline bool pgd_large(pgd_t e) {
    return (e.pgd & (_PAGE_PSE | _PAGE_PRESENT)) == (_PAGE_PSE | _PAGE_PRESENT);
}
/// The page table a directory entry names, in the linear map.
inline pte_t* pgd_page_vaddr(pgd_t e) {
    return static_cast<pte_t*>(__va(e.pgd & PAGE_MASK));
}

inline bool pte_none(pte_t e) {
    return e.pte == 0;
}
inline bool pte_present(pte_t e) {
    return e.pte & (_PAGE_PRESENT | _PAGE_PROTNONE);
}
inline bool pte_write(pte_t e) {
    return e.pte & _PAGE_RW;
}
inline bool pte_dirty(pte_t e) {
    return e.pte & _PAGE_DIRTY;
}
inline bool pte_young(pte_t e) {
    return e.pte & _PAGE_ACCESSED;
}
inline bool pte_special(pte_t e) {
    return e.pte & _PAGE_SPECIAL;
}
inline ulong pte_pfn(pte_t e) {
    return e.pte >> PAGE_SHIFT;
}
constexpr pte_t pfn_pte(ulong pfn, pgprot_t prot) {
    return {(pfn << PAGE_SHIFT) | prot.pgprot};
}
inline pte_t pte_mkwrite(pte_t e) {
    return {e.pte | _PAGE_RW};
}
inline pte_t pte_wrprotect(pte_t e) {
    return {e.pte & ~_PAGE_RW};
}
inline pte_t pte_mkdirty(pte_t e) {
    return {e.pte | _PAGE_DIRTY};
}
inline pte_t pte_mkclean(pte_t e) {
    return {e.pte & ~_PAGE_DIRTY};
}
inline pte_t pte_mkyoung(pte_t e) {
    return {e.pte | _PAGE_ACCESSED};
}
inline pte_t pte_mkold(pte_t e) {
    return {e.pte & ~_PAGE_ACCESSED};
}
inline pte_t pte_mkspecial(pte_t e) {
    return {e.pte | _PAGE_SPECIAL};
}
/// Not present, but not empty: which page of its file a nonlinear area shows here (29 bits, MM_FACTS 5.6).
constexpr unsigned PTE_FILE_MAX_BITS = 29;
inline bool pte_file(pte_t e) {
    return !pte_present(e) && (e.pte & _PAGE_FILE);
}
inline pgoff_t pte_to_pgoff(pte_t e) {
    return (e.pte >> 1 & 0x1F) | (e.pte >> 8 << 5);
}
inline pte_t pgoff_to_pte(pgoff_t offset) {
    return {(offset & 0x1F) << 1 | offset >> 5 << 8 | _PAGE_FILE};
}
/// New protection, same frame, A and D kept.
inline pte_t pte_modify(pte_t e, pgprot_t prot) {
    return {(e.pte & _PAGE_CHG_MASK) | (prot.pgprot & ~_PAGE_CHG_MASK)};
}
inline void set_pte(pte_t* at, pte_t e) {
    __atomic_store_n(&at->pte, e.pte, __ATOMIC_RELEASE);
}
inline void pte_clear(pte_t* at) {
    set_pte(at, {0});
}
/// Takes the entry out in one step, so that no A or D bit the CPU sets is lost.
inline pte_t ptep_get_and_clear(pte_t* at) {
    return {__atomic_exchange_n(&at->pte, 0ul, __ATOMIC_SEQ_CST)};
}
