// SPDX-License-Identifier: GPL-2.0-or-later
// mremap: a mapping gets another size, and moves if it must (4.15). Pages are not copied: their entries move.
#include "fs/fs.h"
#include "kernel/errno.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

// Moving the entries ------------------------------------------------------------------------------------

/// Entries of one page table to one page table. Swapped-out and nonlinear pages move, too: whatever is there.
/// Whoever walks the areas of a file meets them at one place, before or after.
void move_ptes(vm_area_struct* vma, ulong from, ulong to, ulong len) {
    mm_struct* mm = vma->vm_mm;
    const space_listeners::range told(mm, from, from + len);
    file_areas::lock(vma);
    spin_lock(&mm->page_table_lock);
    pte_t* old_pte = find_pte(mm, from);
    pte_t* new_pte = find_pte(mm, to);
    for (ulong done = 0; done < len; done += PAGE_SIZE, old_pte++, new_pte++) {
        if (!pte_none(*old_pte)) set_pte(new_pte, ptep_get_and_clear(old_pte));
    }
    flush_tlb_range(vma, from, from + len);
    spin_unlock(&mm->page_table_lock);
    file_areas::unlock(vma);
}

/// The length of what lies in one page table at both places.
ulong within_tables(ulong from, ulong to, ulong len) {
    return min(len, min(PGDIR_SIZE - (from & ~PGDIR_MASK), PGDIR_SIZE - (to & ~PGDIR_MASK)));
}

/// How much was moved; less than `len` if there was no memory for a page table.
ulong move_page_tables(vm_area_struct* vma, ulong from, ulong to, ulong len) {
    mm_struct* mm = vma->vm_mm;
    ulong moved = 0;
    while (moved < len) {
        const ulong chunk = within_tables(from + moved, to + moved, len - moved);
        if (find_pte(mm, from + moved)) {
            if (!pte_alloc_map(mm, to + moved)) return moved;
            move_ptes(vma, from + moved, to + moved, chunk);
        }
        moved += chunk;
    }
    return moved;
}

// The area at its new place ---------------------------------------------------------------------------------

/// A new structure like `vma`, linked at its place. Null: out of memory.
vm_area_struct* link_copy(const vm_area_struct* vma, ulong addr, ulong len, pgoff_t pgoff,
                          const vma_slot& slot) {
    auto* copy = static_cast<vm_area_struct*>(kmem_cache_alloc(vm_area_cachep, GFP_KERNEL));
    if (!copy) return nullptr;
    *copy = *vma;
    copy->vm_start = addr;
    copy->vm_end = addr + len;
    copy->vm_pgoff = pgoff;
    if (copy->vm_file) {
        get_file(copy->vm_file);
        program_file::area_added(copy);
    }
    if (copy->vm_ops && copy->vm_ops->open) copy->vm_ops->open(copy);
    vma_link(copy->vm_mm, copy, slot);
    return copy;
}

/// An area for [addr, addr + len) that shows what `*pvma` shows at `pgoff`; a neighbour may grow to be it,
/// even one that `*pvma` itself becomes a part of. Nothing is mapped there. Null: out of memory.
vm_area_struct* copy_vma(vm_area_struct** pvma, ulong addr, ulong len, pgoff_t pgoff) {
    vm_area_struct* vma = *pvma;
    mm_struct* mm = vma->vm_mm;
    const ulong start = vma->vm_start;
    const reverse_map::origin origin = reverse_map::origin_of(vma);
    // Private memory that nobody has touched has no pages that know their offset: it gets that of its place.
    if (!vma->vm_file && !reverse_map::may_have_anonymous(vma)) pgoff = anonymous_offsets::moved(addr, pgoff);
    vma_slot slot{};
    find_vma_prepare(mm, addr, &slot);
    vm_area_struct* merged =
        vma_merge(mm, slot.prev, addr, addr + len, vma->vm_flags, origin, vma->vm_file, pgoff);
    if (!merged) return link_copy(vma, addr, len, pgoff, slot);
    reverse_map::join(merged, origin);  // the pages that move are of it
    if (start >= merged->vm_start && start < merged->vm_end) *pvma = merged;
    return merged;
}

/// One call of mremap: [addr, addr + old_len) of `vma` becomes `new_len` long.
struct remapping {
    mm_struct* mm;
    vm_area_struct* vma;
    ulong addr, old_len, new_len;
    ulong charged;  // pages committed for the growth
    ulong grown_pages() const { return (new_len - old_len) >> PAGE_SHIFT; }
};

/// Unmaps the old place. What the area had committed stays committed: for the new place. Parts of it that
/// stay behind keep their own charge.
void unmap_moved(mm_struct* mm, vm_area_struct* vma, ulong addr, ulong len) {
    const bool accounted = vma->vm_flags & VM_ACCOUNT;
    const ulong left = (vma->vm_end - vma->vm_start) - len;
    const bool in_two = addr > vma->vm_start && addr + len < vma->vm_end;
    if (accounted) vma->vm_flags &= ~VM_ACCOUNT;  // so that unmapping does not take the charge back
    if (len && do_munmap(mm, addr, len)) {
        // The area could not be cut: nothing was unmapped, and its charge has gone to the new place.
        if (accounted) vm_unacct_memory(left >> PAGE_SHIFT);
        return;
    }
    if (!accounted || !left) return;
    vma->vm_flags |= VM_ACCOUNT;
    if (in_two) vma->vm_next->vm_flags |= VM_ACCOUNT;
}

/// The new address, or -ENOMEM with everything as it was.
traced ulong move_vma(const remapping& r, ulong new_addr) {
    mm_struct* mm = r.mm;
    vm_area_struct* vma = r.vma;
    if (mm->map_count >= sysctl_max_map_count - 3) return -ENOMEM;  // the most that cutting may add
    const ulong vm_flags = vma->vm_flags;
    file* const filp = vma->vm_file;
    const pgoff_t pgoff = linear_page_index(vma, r.addr);
    vm_area_struct* new_vma = copy_vma(&vma, new_addr, r.new_len, pgoff);
    if (!new_vma) return -ENOMEM;

    ulong old_addr = r.addr, old_len = r.old_len, result = new_addr;
    const ulong moved = move_page_tables(vma, r.addr, new_addr, r.old_len);
    if (moved < r.old_len) {
        // Back with the entries: their page tables are still there. Then the new place is what is unmapped.
        move_page_tables(new_vma, new_addr, r.addr, moved);
        vma = new_vma;
        old_addr = new_addr;
        old_len = r.new_len;
        result = -ENOMEM;
    }
    // Both places exist for a moment; that is no peak of the program's size.
    const ulong peak = area_stats::remembered(mm), pages = r.new_len >> PAGE_SHIFT;
    grow_total_vm(mm, pages);
    area_stats::account(mm, vm_flags, filp, static_cast<long>(pages));
    if (vm_flags & VM_LOCKED) mm->locked_vm += pages;
    unmap_moved(mm, vma, old_addr, old_len);
    area_stats::restore(mm, peak);
    if ((vm_flags & VM_LOCKED) && result == new_addr && r.new_len > r.old_len)
        make_pages_present(new_addr + r.old_len, new_addr + r.new_len);
    return result;
}

// The call ------------------------------------------------------------------------------------------------

/// True if the part reaches to the area's end and what follows leaves room for the new length.
bool fits_in_place(const remapping& r) {
    const vm_area_struct* vma = r.vma;
    if (r.old_len != vma->vm_end - r.addr) return false;
    const ulong limit = vma->vm_next ? vma->vm_next->vm_start : TASK_SIZE;
    return limit - r.addr >= r.new_len;
}

void grow_in_place(const remapping& r) {
    vm_area_struct* vma = r.vma;
    mm_struct* mm = r.mm;
    const ulong pages = r.grown_pages();
    vma_adjust(vma, vma->vm_start, r.addr + r.new_len, vma->vm_pgoff, nullptr);
    grow_total_vm(mm, pages);
    area_stats::account(mm, vma->vm_flags, vma->vm_file, static_cast<long>(pages));
    if (!(vma->vm_flags & VM_LOCKED)) return;
    mm->locked_vm += pages;
    make_pages_present(r.addr + r.old_len, r.addr + r.new_len);
}

/// Finds the area and asks whether it may have its new size, which is committed then. 0 or -errno.
int check_remapping(remapping* r) {
    vm_area_struct* vma = r->vma = find_vma(r->mm, r->addr);
    if (!vma || vma->vm_start > r->addr) return -EFAULT;
    if (r->old_len > vma->vm_end - r->addr) return -EFAULT;
    const bool grows = r->new_len > r->old_len;
    if (grows && (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))) return -EFAULT;
    const pgoff_t pgoff = linear_page_index(vma, r->addr);
    if (pgoff + (r->new_len >> PAGE_SHIFT) < pgoff) return -EINVAL;
    const ulong pages = r->grown_pages();
    if (vma->vm_flags & VM_LOCKED) {
        if (const int error = may_lock_pages(r->mm, pages)) return error;
    }
    if (!may_expand_vm(r->mm, pages)) return -ENOMEM;
    if (vma->vm_flags & VM_ACCOUNT) {
        if (vm_enough_memory(pages)) return -ENOMEM;
        r->charged = pages;
    }
    return 0;
}

/// Grows or moves what check_remapping has allowed.
ulong remap(const remapping& r, ulong flags, ulong new_addr) {
    const bool fixed = flags & MREMAP_FIXED;
    if (!fixed && fits_in_place(r)) {
        grow_in_place(r);
        return r.addr;
    }
    if (!(flags & MREMAP_MAYMOVE)) return -ENOMEM;
    if (!fixed) {
        const vm_area_struct* vma = r.vma;
        const ulong kind = vma->vm_flags & VM_MAYSHARE ? +MAP_SHARED : 0;
        new_addr = get_unmapped_area(vma->vm_file, 0, r.new_len, vma->vm_pgoff, kind);
        if (new_addr & ~PAGE_MASK) return new_addr;
    }
    return move_vma(r, new_addr);
}

/// MREMAP_FIXED: the new place must be one, and not overlap the old one. 0 or -EINVAL.
int check_target(ulong addr, ulong old_len, ulong new_len, ulong flags, ulong new_addr) {
    if ((new_addr & ~PAGE_MASK) || !(flags & MREMAP_MAYMOVE)) return -EINVAL;
    if (new_len > TASK_SIZE || new_addr > TASK_SIZE - new_len) return -EINVAL;
    if (new_addr <= addr && new_addr + new_len > addr) return -EINVAL;
    return addr <= new_addr && addr + old_len > new_addr ? -EINVAL : 0;
}

/// Held. The address, or -errno.
ulong do_mremap(mm_struct* mm, ulong addr, ulong old_len, ulong new_len, ulong flags, ulong new_addr) {
    if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) || (addr & ~PAGE_MASK)) return -EINVAL;
    old_len = PAGE_ALIGN(old_len);
    new_len = PAGE_ALIGN(new_len);
    if (!new_len && range_errors::mremap_needs_length) return -EINVAL;
    if (flags & MREMAP_FIXED) {
        if (const int error = check_target(addr, old_len, new_len, flags, new_addr)) return error;
        if (const int error = do_munmap(mm, new_addr, new_len)) return error;
    }
    if (old_len >= new_len) {
        const int error = old_len == new_len ? 0 : do_munmap(mm, addr + new_len, old_len - new_len);
        if (error) return error;
        if (!(flags & MREMAP_FIXED)) return addr;
        old_len = new_len;
    }
    remapping r{.mm = mm, .vma = nullptr, .addr = addr, .old_len = old_len, .new_len = new_len, .charged = 0};
    if (const int error = check_remapping(&r)) return error;
    const ulong result = remap(r, flags, new_addr);
    if (result & ~PAGE_MASK) vm_unacct_memory(r.charged);
    return result;
}

}  // namespace

long sys_mremap(ulong addr, ulong old_len, ulong new_len, ulong flags, ulong new_addr) {
    mm_struct* mm = current->mm;
    down_write(&mm->mmap_sem);
    const ulong result = do_mremap(mm, addr, old_len, new_len, flags, new_addr);
    validate_mm(mm);
    up_write(&mm->mmap_sem);
    return static_cast<long>(result);
}
