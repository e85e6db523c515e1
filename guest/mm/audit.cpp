// SPDX-License-Identifier: GPL-2.0-or-later
// The debug build's check of an address space against the invariants of MM_FACTS section 2. The first that
// does not hold is a panic with its number.
#include "mm/audit.h"

#include "kernel/printk.h"
#include "mm/swap.h"

#ifdef CONFIG_DEBUG_VM

void require(bool holds, const char* rule, const mm_struct* mm, const char* what, ulong found,
             ulong expected) {
    if (holds) return;
    panic("validate_mm(%p): %s: %s is %lx, expected %lx", mm, rule, what, found, expected);
}

namespace {

/// What the list of areas adds up to.
struct area_sums {
    ulong count, total, locked, shared, exec, stack, reserved, exe_files;
};

// One area ----------------------------------------------------------------------------------------------

void check_flags(const vm_area_struct* vma) {
    const ulong flags = vma->vm_flags;
    const ulong granted = flags & (VM_READ | VM_WRITE | VM_EXEC), allowed = flags >> 4;
    require((granted & ~allowed) == 0, "INV-23", vma->vm_mm, "vm_flags", flags, granted & allowed);
    require(!(flags & VM_SHARED) || (flags & VM_MAYSHARE), "INV-23", vma->vm_mm, "vm_flags", flags,
            VM_MAYSHARE);
    require(!range_errors::files_do_not_grow || !(flags & VM_GROWSDOWN) || !vma->vm_file, "INV-23",
            vma->vm_mm, "stack's flags", flags, 0);
    // A shared area whose first writes are to be noticed has the private row.
    const bool noticed = (flags & VM_SHARED) && (flags & VM_WRITE) &&
                         vma->vm_page_prot.pgprot == vm_get_page_prot(flags & ~VM_SHARED).pgprot;
    if (!noticed) {
        require_equal("INV-22", vma->vm_mm, "vm_page_prot", vma->vm_page_prot.pgprot,
                      vm_get_page_prot(flags).pgprot);
    }
}

void check_range(const mm_struct* mm, const vm_area_struct* vma, ulong lowest) {
    require(vma->vm_mm == mm, "INV-01", mm, "vm_mm", reinterpret_cast<ulong>(vma->vm_mm), 0);
    require(vma->vm_start >= lowest, "INV-01", mm, "vm_start", vma->vm_start, lowest);
    require(vma->vm_start < vma->vm_end && vma->vm_end <= TASK_SIZE, "INV-01", mm, "vm_end", vma->vm_end,
            TASK_SIZE);
    require(((vma->vm_start | vma->vm_end) & ~PAGE_MASK) == 0, "INV-01", mm, "alignment", vma->vm_start,
            vma->vm_end);
}

void add(area_sums* sums, const vm_area_struct* vma) {
    const ulong pages = vma_pages(vma), flags = vma->vm_flags;
    sums->count++;
    sums->total += pages;
    if (flags & VM_LOCKED) sums->locked += pages;
    if (vma->vm_file) sums->shared += pages;
    if (vma->vm_file && (flags & (VM_EXEC | VM_WRITE)) == VM_EXEC) sums->exec += pages;
    if (!vma->vm_file && (flags & VM_GROWSDOWN)) sums->stack += pages;
    if (flags & (VM_RESERVED | VM_IO)) sums->reserved += pages;
    if (vma->vm_file && (flags & VM_EXECUTABLE)) sums->exe_files++;
}

// List, counters ----------------------------------------------------------------------------------------

area_sums check_list(const mm_struct* mm) {
    area_sums sums{};
    ulong end = 0;
    bool cache_seen = !mm->mmap_cache;
    for (const vm_area_struct* vma = mm->mmap; vma; vma = vma->vm_next) {
        check_range(mm, vma, end);
        check_flags(vma);
        check_offset(vma);
        check_links(vma);
        add(&sums, vma);
        end = vma->vm_end;
        cache_seen |= vma == mm->mmap_cache;
    }
    require(cache_seen, "INV-06", mm, "mmap_cache", reinterpret_cast<ulong>(mm->mmap_cache), 0);
    return sums;
}

void check_counters(const mm_struct* mm, const area_sums& sums) {
    require_equal("INV-02", mm, "map_count", static_cast<ulong>(mm->map_count), sums.count);
    require(area_stats::total_fits(mm->total_vm, sums.total), "INV-08", mm, "total_vm", mm->total_vm,
            sums.total);
    require_equal("INV-09", mm, "locked_vm", mm->locked_vm, sums.locked);
    area_stats::validate(mm, sums.shared, sums.exec, sums.stack, sums.reserved);
    program_file::validate(mm, sums.exe_files);
}

// Tree ----------------------------------------------------------------------------------------------------

/// The tree's areas from left to right are the list's: `*next` is the first that has not been seen.
void check_order_below(const mm_struct* mm, const vm_area_struct* vma, const vm_area_struct** next) {
    if (!vma) return;
    check_order_below(mm, area_tree::left(vma), next);
    require(vma == *next, "INV-03", mm, "area in the tree", reinterpret_cast<ulong>(vma),
            reinterpret_cast<ulong>(*next));
    *next = vma->vm_next;
    check_order_below(mm, area_tree::right(vma), next);
}

void check_tree(const mm_struct* mm) {
    area_tree::validate(mm);
    const vm_area_struct* next = mm->mmap;
    check_order_below(mm, area_tree::root(mm), &next);
    require(!next, "INV-03", mm, "area missing in the tree", reinterpret_cast<ulong>(next), 0);
}

// Page tables -----------------------------------------------------------------------------------------------

struct page_sums {
    ulong anon, file;
};

void check_pte(const vm_area_struct* vma, pte_t pte, ulong address, page_sums* sums) {
    if (pte_swap(pte)) {
        require(!list_empty(&vma->vm_mm->mmlist), "INV-15", vma->vm_mm, "swap entry of an unlisted space",
                pte.pte, 0);
        require(reverse_map::may_have_anonymous(vma), "INV-31", vma->vm_mm, "swap entry without anon_vma",
                pte.pte, 0);
    }
    const page* p = pte_present(pte) ? vm_normal_page(vma, pte) : nullptr;
    if (!p) return;
    PageAnon(p) ? sums->anon++ : sums->file++;
    require(page_count(p) >= page_mapcount(p) && page_mapcount(p) > 0, "INV-29", vma->vm_mm,
            "frame's mappings", static_cast<ulong>(page_mapcount(p)), static_cast<ulong>(page_count(p)));
    check_page_says(vma, p, address);
    const bool private_writable = pte_write(pte) && !(vma->vm_flags & VM_SHARED);
    require(!private_writable || page_mapcount(p) == 1, "INV-24", vma->vm_mm, "writable private entry",
            pte.pte, 1);
}

void check_page_tables(mm_struct* mm) {
    page_sums sums{};
    ulong tables = 0;
    const vm_area_struct* vma = mm->mmap;
    spin_guard guard(&mm->page_table_lock);
    for_each_page_table(mm, 0, TASK_SIZE, [&](const pte_t* pte, ulong from, ulong to) {
        tables++;
        for (; from < to; from += PAGE_SIZE, pte++) {
            if (pte_none(*pte)) continue;
            while (vma && vma->vm_end <= from)
                vma = vma->vm_next;
            require(vma && vma->vm_start <= from, "INV-21", mm, "entry outside of all areas, at", from, 0);
            if (pte_present(*pte)) check_pte(vma, *pte, from, &sums);
        }
    });
    if (page_tables::counted) require_equal("INV-12", mm, "nr_ptes", page_tables::count(mm), tables);
    rss_counters::validate(mm, sums.anon, sums.file);
}

void check_kernel_half(const mm_struct* mm) {
    constexpr ulong kSetByCpu = _PAGE_ACCESSED | _PAGE_DIRTY;
    for (unsigned i = USER_PTRS_PER_PGD; i < PTRS_PER_PGD; i++) {
        const ulong own = mm->pgd[i].pgd & ~kSetByCpu, master = init_mm.pgd[i].pgd & ~kSetByCpu;
        require(own == 0 || own == master, "INV-20", mm, "kernel directory entry", own, master);
    }
}

}  // namespace

/// A check costs time in proportion to the areas and the page tables: the more areas, the rarer it is, and
/// page tables are not looked at every time.
void validate_mm(mm_struct* mm) {
    static ulong skipped, checks;
    assert_held(&mm->mmap_sem);
    if (++skipped < static_cast<ulong>(mm->map_count) / 64) return;
    skipped = 0;
    check_counters(mm, check_list(mm));
    space_context::validate(mm);
    check_attachments(mm);
    check_values(mm);
    check_tree(mm);
    area_search::validate(mm);
    if (++checks % 8) return;
    check_page_tables(mm);
    check_reverse_map(mm);
    check_kernel_half(mm);
    check_relations(mm);
}

#endif
