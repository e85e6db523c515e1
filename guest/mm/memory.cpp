// SPDX-License-Identifier: GPL-2.0-or-later
// Serving a page fault: which page belongs at an address, and the entry that maps it (4.20).
#include "kernel/sched.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/swap.h"
#include "mm/writeback.h"

namespace {

/// One fault on its way through the functions below.
struct fault {
    mm_struct* mm;
    vm_area_struct* vma;
    ulong address;  // of the page
    pte_t* pte;
    pte_t seen;  // the entry when the fault was looked at, before page_table_lock
    bool write;
};

bool unchanged(const fault& f) {
    return f.pte->pte == f.seen.pte;
}

pte_t mk_pte(const page* p, pgprot_t prot) {
    return pfn_pte(page_to_pfn(p), prot);
}

/// Only areas that may be written get writable entries (a debugger's write leaves the area read-only).
pte_t maybe_mkwrite(pte_t entry, const vm_area_struct* vma) {
    return vma->vm_flags & VM_WRITE ? pte_mkwrite(entry) : entry;
}

pte_t mk_dirty_pte(const page* p, const vm_area_struct* vma) {
    return maybe_mkwrite(pte_mkdirty(mk_pte(p, vma->vm_page_prot)), vma);
}

void map_anon_page(const fault& f, page* p) {
    reverse_map::add_new_anon(p, f.vma, f.address);
    rss_counters::add(f.mm, p);
    lru_cache_add_active(p);
    set_pte(f.pte, mk_dirty_pte(p, f.vma));
}

// First touch of anonymous memory -------------------------------------------------------------------

int map_zero_page(const fault& f) {
    const pte_t entry = raw_frames::mark(mk_pte(empty_zero_page_map, f.vma->vm_page_prot));
    spin_guard guard(&f.mm->page_table_lock);
    if (unchanged(f)) {
        set_pte(f.pte, entry);
        vm_stat.zero_page_mapped++;
    }
    return VM_FAULT_MINOR;
}

int do_anonymous_page(const fault& f) {
    if (!f.write) return map_zero_page(f);
    if (reverse_map::prepare(f.vma)) return VM_FAULT_OOM;
    page* p = alloc_page(GFP_USER | __GFP_ZERO);
    if (!p) return VM_FAULT_OOM;
    {
        spin_guard guard(&f.mm->page_table_lock);
        if (unchanged(f)) {
            map_anon_page(f, p);
            vm_stat.demand_zeroed++;
            return VM_FAULT_MINOR;
        }
    }
    put_page(p);  // another thread was faster
    return VM_FAULT_MINOR;
}

// First touch of a file's page ------------------------------------------------------------------------

/// A private copy of `from`, or null.
page* copy_of(const page* from) {
    page* copy = alloc_page(GFP_USER);
    if (copy) copy_page(page_address(copy), page_address(from));
    return copy;
}

/// The file's own page, read-only or shared.
int map_file_page(const fault& f, page* p) {
    {
        spin_guard guard(&f.mm->page_table_lock);
        if (unchanged(f)) {
            reverse_map::add_file(p);
            rss_counters::add(f.mm, p);
            set_pte(f.pte, f.write ? mk_dirty_pte(p, f.vma) : mk_pte(p, f.vma->vm_page_prot));
            vm_stat.file_mapped++;
            return VM_FAULT_MINOR;
        }
    }
    put_page(p);
    return VM_FAULT_MINOR;
}

/// A write to a private area: the copy is made at once. Takes over the reference to `p`.
int map_early_copy(const fault& f, page* p) {
    page* copy = reverse_map::prepare(f.vma) ? nullptr : copy_of(p);
    put_page(p);
    if (!copy) return VM_FAULT_OOM;
    {
        spin_guard guard(&f.mm->page_table_lock);
        if (unchanged(f)) {
            map_anon_page(f, copy);
            vm_stat.cow_copied++;
            return VM_FAULT_MINOR;
        }
    }
    put_page(copy);
    return VM_FAULT_MINOR;
}

/// Asks the driver whether the page may be written. It is locked, before and afterwards. 0, or a VM_FAULT_
/// code: the page went away meanwhile (VM_FAULT_NOPAGE: try again) or the driver refuses.
int ask_before_write(const fault& f, page* p) {
    if (!area_operations::hears_of_writes(f.vma)) return 0;
    const address_space* before = p->mapping;
    unlock_page(p);
    const int refused = area_operations::before_write(f.vma, p);
    lock_page(p);
    if (p->mapping != before) return VM_FAULT_NOPAGE;
    return refused ? VM_FAULT_SIGBUS : 0;
}

bool is_shared_writable(const vm_area_struct* vma) {
    constexpr ulong kSharedWritable = VM_WRITE | VM_SHARED;
    return (vma->vm_flags & kSharedWritable) == kSharedWritable;
}

/// Maps the locked page of a file as it is.
int map_locked_page(const fault& f, page* p) {
    const bool shared_write = f.write && (f.vma->vm_flags & VM_SHARED);
    if (shared_write) {
        if (const int stop = ask_before_write(f, p)) {
            put_page(p);
            return stop;
        }
        set_page_dirty(p);
    }
    return map_file_page(f, p);
}

/// Which page of the file belongs here: the place says it, or the entry in a nonlinear area.
pgoff_t wanted_page(const fault& f) {
    return pte_file(f.seen) ? pte_to_pgoff(f.seen) : linear_page_index(f.vma, f.address);
}
unsigned fault_flags(const fault& f) {
    return (f.write ? +FAULT_FLAG_WRITE : 0u) | (pte_file(f.seen) ? +FAULT_FLAG_NONLINEAR : 0u);
}

int do_file_fault(const fault& f) {
    vm_fault vmf{.flags = fault_flags(f),
                 .pgoff = wanted_page(f),
                 .virtual_address = reinterpret_cast<void*>(f.address),
                 .page = nullptr};
    int result = area_operations::page_of(f.vma, &vmf);
    if (result & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) return result;
    page* p = vmf.page;
    if (!(result & VM_FAULT_LOCKED)) lock_page(p);
    get_page(p);  // for the unlocking
    const bool early_copy = f.write && !(f.vma->vm_flags & VM_SHARED);
    result |= early_copy ? map_early_copy(f, p) : map_locked_page(f, p);
    unlock_page(p);
    put_page(p);
    return (result & ~VM_FAULT_LOCKED) | fault_rules::file_fault;
}

// A write to a page that is mapped read-only -----------------------------------------------------------

/// Same frame, more rights. The TLB may still hold the old entry.
void raise_entry(const fault& f, pte_t entry) {
    if (entry.pte != f.pte->pte) set_pte(f.pte, entry);
    flush_tlb_page(f.vma, f.address);
}

/// The last user of an anonymous page may write to the page itself.
bool may_reuse(const page* old) {
    return PageAnon(old) && can_share_swap_page(old);
}

int reuse_page(const fault& f) {
    raise_entry(f, maybe_mkwrite(pte_mkdirty(pte_mkyoung(f.seen)), f.vma));
    vm_stat.cow_reused++;
    return VM_FAULT_WRITE;
}

/// `copy` takes the place of `old` (null: the zero page), unless the entry has changed meanwhile.
bool replace_page(const fault& f, page* old, page* copy) {
    spin_guard guard(&f.mm->page_table_lock);
    if (!unchanged(f)) return false;
    ptep_get_and_clear(f.pte);
    flush_tlb_page(f.vma, f.address);
    space_listeners::invalidate_page(f.mm, f.address);
    if (old) rss_counters::sub(f.mm, old);
    map_anon_page(f, copy);
    if (old) reverse_map::remove(old);
    (old ? vm_stat.cow_copied : vm_stat.demand_zeroed)++;
    return true;
}

int copy_page_on_write(const fault& f, page* old) {
    page* copy = nullptr;
    if (!reverse_map::prepare(f.vma)) copy = old ? copy_of(old) : alloc_page(GFP_USER | __GFP_ZERO);
    if (!copy) {
        if (old) put_page(old);
        return VM_FAULT_OOM;
    }
    const bool replaced = replace_page(f, old, copy);
    if (old) {
        if (replaced) put_page(old);  // the entry's
        free_swap_cache(old);
        put_page(old);  // ours, since do_wp_page
    }
    if (!replaced) put_page(copy);
    return replaced ? VM_FAULT_WRITE : VM_FAULT_MINOR;
}

/// Every user of a shared page may write to the page itself, if its driver agrees; it becomes dirty. Takes
/// over the reference to `p`.
int share_page_on_write(const fault& f, page* p) {
    lock_page(p);
    int result = ask_before_write(f, p);
    if (!result) {
        set_page_dirty(p);
        spin_guard guard(&f.mm->page_table_lock);
        if (unchanged(f)) result = reuse_page(f);
    }
    unlock_page(p);
    put_page(p);
    return result;
}

int do_wp_page(const fault& f) {
    page* old;
    {
        spin_guard guard(&f.mm->page_table_lock);
        if (!unchanged(f)) return VM_FAULT_MINOR;
        old = vm_normal_page(f.vma, f.seen);
        if (old && may_reuse(old)) return reuse_page(f);
        if (old) get_page(old);  // it stays while it is copied
    }
    if (old && !PageAnon(old) && is_shared_writable(f.vma)) return share_page_on_write(f, old);
    return copy_page_on_write(f, old);
}

/// The entry allows the access, or will: another thread served the fault, or the TLB was behind.
int touch_entry(const fault& f) {
    spin_guard guard(&f.mm->page_table_lock);
    if (!unchanged(f)) return VM_FAULT_MINOR;
    raise_entry(f, pte_mkyoung(f.write ? pte_mkdirty(f.seen) : f.seen));
    return VM_FAULT_MINOR;
}

/// A write to a page that had to be brought back, and that others see, too, goes on to make a copy.
int do_swapped_page(const fault& f) {
    const int result = do_swap_page({f.mm, f.vma, f.address, f.pte, f.seen, f.write});
    if (!f.write || (result & (VM_FAULT_ERROR | VM_FAULT_WRITE))) return result;
    fault again = f;
    again.seen = *f.pte;
    if (!pte_present(again.seen) || pte_write(again.seen)) return result;
    return result | do_wp_page(again);
}

int handle_pte_fault(const fault& f) {
    if (pte_none(f.seen)) {
        if (area_operations::gives_pages(f.vma)) return do_file_fault(f);
        return do_anonymous_page(f);
    }
    if (pte_swap(f.seen)) return do_swapped_page(f);
    if (pte_file(f.seen)) {
        BUG_ON(!(f.vma->vm_flags & VM_NONLINEAR));
        return do_file_fault(f);
    }
    if (f.write && !pte_write(f.seen)) return do_wp_page(f);
    return touch_entry(f);
}

}  // namespace

traced int handle_mm_fault(mm_struct* mm, vm_area_struct* vma, ulong address, int write_access) {
    vm_stat.pgfault++;
    pte_t* pte = pte_alloc_map(mm, address);
    if (!pte) return fault_results::of(VM_FAULT_OOM);
    const int bits = handle_pte_fault(fault{.mm = mm,
                                            .vma = vma,
                                            .address = address & PAGE_MASK,
                                            .pte = pte,
                                            .seen = *pte,
                                            .write = write_access != 0});
    return fault_results::of(bits);
}
