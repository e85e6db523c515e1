// SPDX-License-Identifier: GPL-2.0-or-later
// Changing an area's range, and with it its neighbour's: the one place where list, tree, the file's areas
// and the reverse map are kept in step (4.10, 4.11).
#include "fs/fs.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

/// One step: `vma` gets a range. `next` is null if it keeps its own.
struct adjustment {
    mm_struct* mm;
    vm_area_struct *vma, *next, *insert;
    ulong start, end;
    pgoff_t pgoff;
    bool absorbs;  // next goes away
};

/// What [start, end) means for the next area, if nothing is inserted: it is absorbed, or the border between
/// the two moves, up if vma grows into it, down if vma shrinks in its favour.
adjustment plan(vm_area_struct* vma, ulong start, ulong end, pgoff_t pgoff, vm_area_struct* insert) {
    adjustment a{.mm = vma->vm_mm,
                 .vma = vma,
                 .next = insert ? nullptr : vma->vm_next,
                 .insert = insert,
                 .start = start,
                 .end = end,
                 .pgoff = pgoff,
                 .absorbs = false};
    if (!a.next) return a;
    a.absorbs = end >= a.next->vm_end;
    if (a.absorbs) {
        a.end = a.next->vm_end;
    } else if (end <= a.next->vm_start && end >= vma->vm_end) {
        a.next = nullptr;
    }
    return a;
}

/// Whoever grows over pages of the other needs their origin. Both have the same or one has none.
void share_origin(const adjustment& a, reverse_map::origin origin) {
    reverse_map::join_locked(a.end > a.vma->vm_end ? a.vma : a.next, origin);
}

void insert_part(mm_struct* mm, vm_area_struct* insert) {
    vma_slot slot{};
    vm_area_struct* next = find_vma_prepare(mm, insert->vm_start, &slot);
    BUG_ON(next && next->vm_start < insert->vm_end);
    __vma_link(mm, insert, slot);
    reverse_map::link_locked(insert);
    __link_file_vma(insert);
    mm->map_count++;
}

void set_ranges(const adjustment& a) {
    if (a.next && !a.absorbs) {
        const ulong border = a.next->vm_start;
        a.next->vm_start = a.end;
        a.next->vm_pgoff += static_cast<ulong>(static_cast<long>(a.end - border) >> PAGE_SHIFT);
    }
    a.vma->vm_start = a.start;
    a.vma->vm_end = a.end;
    a.vma->vm_pgoff = a.pgoff;
}

/// The locks of file_areas and of the reverse map are held.
void change_areas(const adjustment& a, reverse_map::origin origin) {
    if (a.next) share_origin(a, origin);
    __unlink_file_vma(a.vma);  // a file's tree is ordered by the ranges
    if (a.next) __unlink_file_vma(a.next);
    set_ranges(a);
    __link_file_vma(a.vma);
    if (a.insert) insert_part(a.mm, a.insert);
    if (!a.next) return;
    if (!a.absorbs) return __link_file_vma(a.next);
    __vma_unlink(a.mm, a.next, a.vma);
    reverse_map::absorb(a.vma, a.next);
}

void free_absorbed(mm_struct* mm, vm_area_struct* vma) {
    if (vma->vm_file) {
        fput(vma->vm_file);
        program_file::area_removed(vma);
    }
    mm->map_count--;
    kmem_cache_free(vm_area_cachep, vma);
}

void apply(const adjustment& a) {
    const vm_area_struct* named = a.next && !reverse_map::may_have_anonymous(a.vma) ? a.next : a.vma;
    const reverse_map::origin origin = reverse_map::origin_of(named);
    file_areas::lock(a.vma);
    reverse_map::lock(a.mm, origin);
    change_areas(a, origin);
    reverse_map::unlock(a.mm, origin);
    file_areas::unlock(a.vma);
    if (a.absorbs) free_absorbed(a.mm, a.next);
}

}  // namespace

/// In case 6 of a merge two areas are absorbed, one after the other.
void vma_adjust(vm_area_struct* vma, ulong start, ulong end, pgoff_t pgoff, vm_area_struct* insert) {
    assert_held_write(&vma->vm_mm->mmap_sem);
    adjustment a;
    do {
        a = plan(vma, start, end, pgoff, insert);
        apply(a);
    } while (a.end != end);
}
