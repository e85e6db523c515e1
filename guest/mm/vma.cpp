// SPDX-License-Identifier: GPL-2.0-or-later
// The set of VMAs of one address space: a list by address and a tree of the same VMAs, the
// edition's area_tree (4.7, 4.11).
#include "fs/fs.h"
#include "kernel/errno.h"
#include "mm/internal.h"
#include "mm/slab.h"

namespace {

void __vma_link_list(mm_struct* mm, vm_area_struct* vma, vm_area_struct* prev) {
    vm_area_struct*& link = prev ? prev->vm_next : mm->mmap;
    vma->vm_next = link;
    link = vma;
}

}  // namespace

vm_area_struct* find_vma(mm_struct* mm, ulong addr) {
    vm_stat.find_vma_calls++;
    vm_area_struct* cached = mm->mmap_cache;
    if (cached && cached->vm_start <= addr && addr < cached->vm_end) {
        vm_stat.find_vma_hits++;
        return cached;
    }
    vm_area_struct* found = nullptr;
    ulong steps = 0;
    for (vm_area_struct* vma = area_tree::root(mm); vma;) {
        steps++;
        if (vma->vm_end > addr) {
            found = vma;
            if (vma->vm_start <= addr) break;
            vma = area_tree::left(vma);
        } else {
            vma = area_tree::right(vma);
        }
    }
    vm_stat.find_vma_steps += steps;
    vm_stat.find_vma_worst = max(vm_stat.find_vma_worst, steps);
    if (found) mm->mmap_cache = found;
    return found;
}

vm_area_struct* find_vma_prev(mm_struct* mm, ulong addr, vm_area_struct** pprev) {
    vm_area_struct* prev = nullptr;
    for (vm_area_struct* vma = area_tree::root(mm); vma;) {
        if (addr < vma->vm_end) {
            vma = area_tree::left(vma);
        } else {
            prev = vma;
            if (!prev->vm_next || addr < prev->vm_next->vm_end) break;
            vma = area_tree::right(vma);
        }
    }
    vm_area_struct* const found = prev ? prev->vm_next : mm->mmap;
    *pprev = found ? prev : area_before::above_all(prev);
    return found;
}

vm_area_struct* find_vma_intersection(mm_struct* mm, ulong start, ulong end) {
    vm_area_struct* vma = find_vma(mm, start);
    return vma && vma->vm_start < end ? vma : nullptr;
}

vm_area_struct* find_vma_prepare(mm_struct* mm, ulong addr, vma_slot* slot) {
    vm_area_struct* found = nullptr;
    vma_slot place{};
    for (vm_area_struct* vma = area_tree::root(mm); vma;) {
        place.parent = vma;
        if (vma->vm_end > addr) {
            found = vma;
            if (vma->vm_start <= addr) return found;
            vma = area_tree::left(vma);
        } else {
            place.prev = vma;
            vma = area_tree::right(vma);
        }
    }
    *slot = place;
    return found;
}

void __vma_link(mm_struct* mm, vm_area_struct* vma, const vma_slot& slot) {
    assert_held_write(&mm->mmap_sem);
    __vma_link_list(mm, vma, slot.prev);
    area_tree::insert(mm, vma, slot);
}

/// Under the locks of everybody who finds areas from frames: they see the area in all places or in none.
void vma_link(mm_struct* mm, vm_area_struct* vma, const vma_slot& slot) {
    const reverse_map::origin origin = reverse_map::origin_of(vma);
    file_areas::lock(vma);
    reverse_map::lock(mm, origin);
    __vma_link(mm, vma, slot);
    reverse_map::link_locked(vma);
    __link_file_vma(vma);
    reverse_map::unlock(mm, origin);
    file_areas::unlock(vma);
    mm->map_count++;
}

void __vma_unlink(mm_struct* mm, vm_area_struct* vma, vm_area_struct* prev) {
    assert_held_write(&mm->mmap_sem);
    prev->vm_next = vma->vm_next;
    area_tree::erase(mm, vma);
    if (mm->mmap_cache == vma) mm->mmap_cache = prev;
}

namespace {

/// A file that may not be written while it is mapped counts those areas.
void deny_writers(const vm_area_struct* vma, int areas) {
    if (vma->vm_flags & VM_DENYWRITE) atomic_sub(areas, &vma->vm_file->f_mapping->host->i_writecount);
}

}  // namespace

void __link_file_vma(vm_area_struct* vma) {
    if (!vma->vm_file) return;
    deny_writers(vma, 1);
    file_areas::insert(vma);
}

void __unlink_file_vma(vm_area_struct* vma) {
    if (!vma->vm_file) return;
    deny_writers(vma, -1);
    file_areas::remove(vma);
}

void unlink_file_vma(vm_area_struct* vma) {
    file_areas::lock(vma);
    __unlink_file_vma(vma);
    file_areas::unlock(vma);
}

void link_file_vma_copy(vm_area_struct* vma, vm_area_struct* parent) {
    if (!vma->vm_file) return;
    file_areas::lock(vma);
    deny_writers(vma, 1);
    file_areas::insert_copy(vma, parent);
    file_areas::unlock(vma);
}

vm_area_struct* remove_vma(vm_area_struct* vma) {
    vm_area_struct* next = vma->vm_next;
    if (vma->vm_ops && vma->vm_ops->close) vma->vm_ops->close(vma);
    if (vma->vm_file) {
        fput(vma->vm_file);
        program_file::area_removed(vma);
    }
    kmem_cache_free(vm_area_cachep, vma);
    return next;
}

int insert_vm_struct(mm_struct* mm, vm_area_struct* vma) {
    if (!vma->vm_file) vma->vm_pgoff = anonymous_offsets::made(vma->vm_start);
    vma_slot slot{};
    vm_area_struct* next = find_vma_prepare(mm, vma->vm_start, &slot);
    if (next && next->vm_start < vma->vm_end) return -ENOMEM;
    if ((vma->vm_flags & VM_ACCOUNT) && vm_enough_memory(vma_pages(vma))) return -ENOMEM;
    vma_link(mm, vma, slot);
    return 0;
}
