// SPDX-License-Identifier: GPL-2.0-or-later
// What of guest_space.h only descriptors of 2.6.28 can answer.
#include "guest_space.h"
#include "kernel_services.h"

namespace guest {

namespace {
mm_struct* space() {
    return current->mm;
}
}  // namespace

const void* write_page(ulong addr) {
    down_read(&space()->mmap_sem);
    vm_area_struct* vma = ::find_vma(space(), addr);
    const int error = anon_vma_prepare(vma);
    up_read(&space()->mmap_sem);
    return error ? nullptr : vma->anon_vma;
}
const void* anon_vma_of(ulong addr) {
    return ::find_vma(space(), addr)->anon_vma;
}
int areas_of_anon_vma(const void* anon) {
    int count = 0;
    const list_head* head = &static_cast<const anon_vma*>(anon)->head;
    for (const list_head* entry = head->next; entry != head; entry = entry->next)
        count++;
    return count;
}
Counters counters() {
    return {.map_count = static_cast<ulong>(space()->map_count),
            .total_vm = space()->total_vm,
            .locked_vm = space()->locked_vm,
            .shared_vm = space()->shared_vm,
            .exec_vm = space()->exec_vm,
            .stack_vm = space()->stack_vm,
            .reserved_vm = space()->reserved_vm,
            .hiwater_vm = space()->hiwater_vm,
            .committed = vm_committed_pages(),
            .exe_vmas = space()->num_exe_file_vmas,
            .mm_users = atomic_read(&space()->mm_users),
            .mm_count = atomic_read(&space()->mm_count)};
}

Search search() {
    return {.mmap_base = space()->mmap_base,
            .free_area_cache = space()->free_area_cache,
            .cached_hole_size = space()->cached_hole_size,
            .top_down = space()->get_unmapped_area == arch_get_unmapped_area_topdown};
}

int owner() {
    const task_struct* task = space()->owner;
    return task ? static_cast<int>(task - services::tasks) : -1;
}
void set_exe_file(int file) {
    program_file::set(space(), services::open_file(file));
}

}  // namespace guest
