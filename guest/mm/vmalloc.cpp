// SPDX-License-Identifier: GPL-2.0-or-later
// vmalloc: scattered frames behind contiguous kernel addresses.
#include "mm/vmalloc.h"

#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/internal.h"
#include "mm/slab.h"

vm_struct* vmlist;
spinlock_t vmlist_lock = SPIN_LOCK_UNLOCKED;

namespace {

ulong start_of(const vm_struct* area) {
    return reinterpret_cast<ulong>(area->addr);
}
ulong mapped_end(const vm_struct* area) {
    return start_of(area) + area->size - PAGE_SIZE;
}

// Master page tables --------------------------------------------------------------------------------------

pte_t* find_kernel_pte(ulong address) {
    const pgd_t entry = init_mm.pgd[pgd_index(address)];
    return pgd_none(entry) ? nullptr : pgd_page_vaddr(entry) + pte_index(address);
}

/// The entry of an address, with a new page table if need be; that one stays for good, for page directories
/// anywhere may name it. Null: out of memory.
pte_t* pte_alloc_kernel(ulong address) {
    if (pte_t* pte = find_kernel_pte(address)) return pte;
    const ulong table = get_zeroed_page(GFP_KERNEL);
    if (!table) return nullptr;
    {
        spin_guard guard(&init_mm.page_table_lock);
        pgd_t* entry = &init_mm.pgd[pgd_index(address)];
        if (pgd_none(*entry)) {
            entry->pgd = __pa(reinterpret_cast<void*>(table)) | _KERNPG_TABLE;
            return find_kernel_pte(address);
        }
    }
    free_page(table);
    return find_kernel_pte(address);
}

/// False: out of memory for a page table; what is mapped already is unmap_vm_area's to undo.
bool map_vm_area(const vm_struct* area) {
    for (unsigned i = 0; i < area->nr_pages; i++) {
        pte_t* pte = pte_alloc_kernel(start_of(area) + i * PAGE_SIZE);
        if (!pte) return false;
        spin_guard guard(&init_mm.page_table_lock);
        BUG_ON(!pte_none(*pte));
        set_pte(pte, pfn_pte(page_to_pfn(area->pages[i]), PAGE_KERNEL));
    }
    return true;
}

void unmap_vm_area(const vm_struct* area) {
    {
        spin_guard guard(&init_mm.page_table_lock);
        for (ulong at = start_of(area); at < mapped_end(area); at += PAGE_SIZE) {
            if (pte_t* pte = find_kernel_pte(at)) pte_clear(pte);
        }
    }
    flush_tlb_kernel_range(start_of(area), mapped_end(area));
}

// The list of areas -----------------------------------------------------------------------------------------

/// Enters the area at the first place that is large enough. False: there is none.
bool insert_vm_area(vm_struct* area) {
    spin_guard guard(&vmlist_lock);
    ulong at = VMALLOC_START();
    vm_struct** link = &vmlist;
    for (; *link && start_of(*link) - at < area->size; link = &(*link)->next)
        at = start_of(*link) + (*link)->size;
    if (VMALLOC_END - at < area->size) return false;
    area->addr = reinterpret_cast<void*>(at);
    area->next = *link;
    *link = area;
    return true;
}

/// Takes the area that begins at `address` out of the list; null if there is none.
vm_struct* remove_vm_area(const void* address) {
    spin_guard guard(&vmlist_lock);
    for (vm_struct** link = &vmlist; *link; link = &(*link)->next) {
        vm_struct* area = *link;
        if (area->addr != address) continue;
        *link = area->next;
        return area;
    }
    return nullptr;
}

// Frames --------------------------------------------------------------------------------------------------

/// Memory for an area of `count` frames, not in the list yet. Null: out of memory.
vm_struct* new_vm_area(unsigned count, const void* caller) {
    auto* area = static_cast<vm_struct*>(kzalloc(sizeof(vm_struct), GFP_KERNEL));
    if (!area) return nullptr;
    const ulong array = count * sizeof(page*);
    area->pages = static_cast<page**>(array > PAGE_SIZE ? vmalloc(array) : kmalloc(array, GFP_KERNEL));
    area->size = (count + 1ul) << PAGE_SHIFT;
    area->flags = VM_ALLOC;
    area->caller = caller;
    if (area->pages) return area;
    kfree(area);
    return nullptr;
}

bool fill_with_frames(vm_struct* area, unsigned count) {
    for (; area->nr_pages < count; area->nr_pages++) {
        page* frame = alloc_page(GFP_KERNEL);
        if (!frame) return false;
        area->pages[area->nr_pages] = frame;
    }
    return true;
}

/// Not in the list and not mapped any more.
void free_vm_area(vm_struct* area) {
    for (unsigned i = 0; i < area->nr_pages; i++)
        put_page(area->pages[i]);
    const bool large = area->size > (PAGE_SIZE / sizeof(page*) + 1) << PAGE_SHIFT;
    large ? vfree(area->pages) : kfree(area->pages);
    kfree(area);
}

}  // namespace

void* vmalloc(ulong size) {
    const ulong pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
    if (!pages || pages > max_mapnr) return nullptr;
    const auto count = static_cast<unsigned>(pages);
    vm_struct* area = new_vm_area(count, __builtin_return_address(0));
    if (!area) return nullptr;
    if (!fill_with_frames(area, count) || !insert_vm_area(area)) {
        free_vm_area(area);
        return nullptr;
    }
    if (map_vm_area(area)) return area->addr;
    vfree(area->addr);
    return nullptr;
}

void vfree(const void* address) {
    if (!address) return;
    vm_struct* area = remove_vm_area(address);
    if (!area) panic("vfree: %p is not the start of an area", address);
    unmap_vm_area(area);
    free_vm_area(area);
}

page* vmalloc_to_page(const void* address) {
    const auto at = reinterpret_cast<ulong>(address);
    if (at < VMALLOC_START() || at >= VMALLOC_END) return nullptr;
    spin_guard guard(&init_mm.page_table_lock);
    const pte_t* pte = find_kernel_pte(at);
    return pte && pte_present(*pte) ? pfn_to_page(pte_pfn(*pte)) : nullptr;
}

vmalloc_info get_vmalloc_info() {
    vmalloc_info info{.total = VMALLOC_END - VMALLOC_START(), .used = 0, .largest_chunk = 0};
    spin_guard guard(&vmlist_lock);
    ulong end = VMALLOC_START();
    for (const vm_struct* area = vmlist; area; area = area->next) {
        info.used += area->size - PAGE_SIZE;
        info.largest_chunk = max(info.largest_chunk, start_of(area) - end);
        end = start_of(area) + area->size;
    }
    info.largest_chunk = max(info.largest_chunk, VMALLOC_END - end);
    return info;
}
