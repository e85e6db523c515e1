// SPDX-License-Identifier: GPL-2.0-or-later
// The guest's address spaces, for tests. See guest_space.h.
#include "guest_space.h"

#include "kernel/errno.h"
#include "kernel/printk.h"
#include "kernel_services.h"
#include "mm/slab_internal.h"

namespace guest {

namespace {

int tasks_made;
task_struct borrower;

mm_struct* mm() {
    return current->mm;
}

int index_of(const vm_area_struct* wanted) {
    int index = 0;
    for (const vm_area_struct* vma = mm()->mmap; vma; vma = vma->vm_next, index++) {
        if (vma == wanted) return index;
    }
    return -1;
}

int number_of_file(const vm_area_struct* vma) {
    if (!vma->vm_file) return kNoFile;
    const int number = services::number_of(vma->vm_file);
    return number >= 0 ? number : 100;
}

task_struct* make_task() {
    task_struct* task = &services::tasks[tasks_made++];
    *task = task_struct{};
    task->pid = task->tgid = 100 + tasks_made;
    task->signal = &services::signals;
    task->real_parent = current;
    task->group_leader = task;
    INIT_LIST_HEAD(&task->children);
    INIT_LIST_HEAD(&task->thread_group);
    list_add_tail(&task->tasks, &init_task.tasks);
    list_add_tail(&task->sibling, &current->children);
    return task;
}

void make_stack_area() {
    auto* vma = static_cast<vm_area_struct*>(kmem_cache_zalloc(vm_area_cachep, GFP_KERNEL));
    vma->vm_mm = mm();
    vma->vm_start = STACK_TOP - PAGE_SIZE;
    vma->vm_end = STACK_TOP;
    vma->vm_flags = VM_STACK_FLAGS;
    vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
    down_write(&mm()->mmap_sem);
    if (insert_vm_struct(mm(), vma)) panic("no room for the stack");
    mm()->total_vm = 1;
    area_stats::exec(mm());
    area_stats::after_vm_grew(mm());
    up_write(&mm()->mmap_sem);
}

int take(services::range_log* log, Range* out, int room) {
    const int count = min(log->count, room);
    for (int i = 0; i < count; i++)
        out[i] = log->ranges[i];
    log->count = 0;
    return count;
}

}  // namespace

FileState file_state(int file) {
    return services::state_of(file);
}
void add_writer(int file) {
    atomic_inc(&services::open_file(file)->f_mapping->host->i_writecount);
}

void set_limits(const Limits& limits) {
    for (auto& limit : services::signals.rlim_cur)
        limit = kUnlimited;
    services::signals.rlim_cur[RLIMIT_STACK] = limits.stack;
    services::signals.rlim_cur[RLIMIT_DATA] = limits.data;
    services::signals.rlim_cur[RLIMIT_AS] = limits.address_space;
    services::signals.rlim_cur[RLIMIT_MEMLOCK] = limits.memlock;
    if (current) current->euid = limits.root ? 0 : 1000;
}

void set_page_cache(ulong pages) {
    services::cached_pages = pages;
}

void new_space(const Limits& limits) {
    tasks_made = 0;
    current_task = &init_task;
    INIT_LIST_HEAD(&init_task.children);
    current_task = make_task();
    set_limits(limits);
    current->mm = current->active_mm = mm_alloc();
    if (!mm()) panic("no memory for a space");
    area_search::set_limit(mm(), TASK_SIZE);
    area_search::choose(mm());
    area_search::exec(mm());
    mm_list::entered(mm());
    mm()->start_brk = mm()->brk = 0x08100000;
    make_stack_area();
}

void end_space() {
    exit_task(0);
}

long mmap(ulong addr, ulong len, ulong prot, ulong flags, int file, ulong pgoff) {
    return sys_mmap2(addr, len, prot, flags, static_cast<ulong>(file), pgoff);
}
long map_program(ulong addr, ulong len, ulong prot, ulong flags, int file, ulong pgoff) {
    down_write(&mm()->mmap_sem);
    const ulong result = do_mmap_pgoff(services::open_file(file), addr, len, prot, flags, pgoff);
    validate_mm(mm());
    up_write(&mm()->mmap_sem);
    return static_cast<long>(result);
}
long munmap(ulong addr, ulong len) {
    return sys_munmap(addr, len);
}
long mprotect(ulong addr, ulong len, ulong prot) {
    return sys_mprotect(addr, len, prot);
}
long brk(ulong end) {
    return sys_brk(end);
}

void set_heap(ulong start_brk, ulong data_size) {
    mm()->start_brk = mm()->brk = start_brk;
    mm()->start_data = start_brk - data_size;
    mm()->end_data = start_brk;
}
bool touch(ulong addr) {
    down_read(&mm()->mmap_sem);
    const vm_area_struct* vma = find_extend_vma(mm(), addr);
    up_read(&mm()->mmap_sem);
    return vma && vma->vm_start <= addr;
}
void set_dontcopy(ulong addr) {
    ::find_vma(mm(), addr)->vm_flags |= VM_DONTCOPY;
}
void set_def_flags(ulong vm_flags) {
    mm()->def_flags = vm_flags;
}

Totals totals() {
    return {.total_vm = mm()->total_vm, .committed = vm_committed_pages()};
}

int areas(Area* out, int room) {
    int count = 0;
    for (const vm_area_struct* vma = mm()->mmap; vma && count < room; vma = vma->vm_next) {
        out[count++] = {.start = vma->vm_start,
                        .end = vma->vm_end,
                        .flags = vma->vm_flags,
                        .pgoff = vma->vm_pgoff,
                        .prot_bits = vma->vm_page_prot.pgprot,
                        .file = number_of_file(vma)};
    }
    return count;
}

void set_map_count(int count) {
    mm()->map_count = count;
}

void validate() {
    down_read(&mm()->mmap_sem);
    validate_mm(mm());
    up_read(&mm()->mmap_sem);
}

int find_vma(ulong addr) {
    return index_of(::find_vma(mm(), addr));
}
Found find_vma_prev(ulong addr) {
    vm_area_struct* prev;
    const vm_area_struct* vma = ::find_vma_prev(mm(), addr, &prev);
    return {.vma = index_of(vma), .prev = index_of(prev)};
}
int find_vma_intersection(ulong start, ulong end) {
    return index_of(::find_vma_intersection(mm(), start, end));
}
int mmap_cache() {
    return index_of(mm()->mmap_cache);
}
Lookups lookups() {
    return {vm_stat.find_vma_calls, vm_stat.find_vma_hits, vm_stat.find_vma_steps, vm_stat.find_vma_worst};
}

int fork(bool share) {
    task_struct* child = make_task();
    child->euid = current->euid;
    if (const int error = copy_mm(share ? +CLONE_VM : 0ul, child)) {
        list_del(&child->tasks);
        list_del(&child->sibling);
        tasks_made--;
        return error;
    }
    return tasks_made - 1;
}

void run(int task) {
    current_task = &services::tasks[task];
}

void exit_task(int number) {
    task_struct* task = &services::tasks[number];
    task_struct* before = current_task;
    current_task = task;
    mm_struct* space = task->mm;
    exit_mm(task);
    list_del(&task->tasks);
    list_del(&task->sibling);
    current_task = before;
    if (space) mmdrop(space);
    task->active_mm = nullptr;
}

void borrow() {
    borrower = task_struct{};
    borrower.active_mm = mm();
    atomic_inc(&mm()->mm_count);
}
void give_back() {
    mmdrop(borrower.active_mm);
    borrower.active_mm = nullptr;
}

const void* mm_of(int task) {
    return services::tasks[task].mm;
}
ulong live_descriptors() {
    return mm_cachep->active_objects;
}

int unmapped_ranges(Range* out, int room) {
    return take(&services::unmapped, out, room);
}
int protected_ranges(Range* out, int room) {
    return take(&services::reprotected, out, room);
}
ulong pages_made_present() {
    const ulong pages = services::present_pages;
    services::present_pages = 0;
    return pages;
}

}  // namespace guest
