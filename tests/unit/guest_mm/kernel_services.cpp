// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel around the pure files of guest/mm: locks that count and check, files, tasks, page tables that
// only remember what they were asked.
#include "kernel_services.h"

#include "arch/uaccess.h"
#include "kernel/binfmts.h"
#include "kernel/coredump.h"
#include "kernel/errno.h"
#include "kernel/printk.h"
#include "lib/string.h"
#include "mm/audit.h"
#include "mm/slab.h"

ulong linear_map_base;
void* high_memory;
pgd_t swapper_pg_dir[PTRS_PER_PGD];
task_struct init_task;
task_struct* current_task;
spinlock_t tasklist_lock;
page* empty_zero_page_map;

/// There is no processor that could have anything loaded.
void check_cpu_mask(const mm_struct*) {}

namespace services {

task_struct tasks[kTasks];
signal_struct signals;
range_log unmapped, reprotected;
ulong present_pages, cached_pages;

namespace {

int held;

struct fake_file {
    inode node;
    dentry name;
    file filp;
    int opened, closed;
};
fake_file files[guest::kFiles];

fake_file* of(const file* filp) {
    for (auto& f : files) {
        if (&f.filp == filp) return &f;
    }
    return nullptr;
}

void device_open(vm_area_struct* vma) {
    of(vma->vm_file)->opened++;
}
void device_close(vm_area_struct* vma) {
    of(vma->vm_file)->closed++;
}
vm_operations_struct regular_vm_ops, device_vm_ops;

int regular_mmap(file*, vm_area_struct* vma) {
    vma->vm_ops = &regular_vm_ops;
    return 0;
}
int device_mmap(file*, vm_area_struct* vma) {
    vma->vm_ops = &device_vm_ops;
    return 0;
}
int frames_mmap(file*, vm_area_struct* vma) {
    vma->vm_flags |= VM_IO | VM_RESERVED;
    return 0;
}
int broken_mmap(file*, vm_area_struct*) {
    return -ENXIO;
}
file_operations regular_ops, directory_ops, device_ops, frames_ops, broken_ops;

void make_file(int number, const file_operations* ops, unsigned mode) {
    fake_file& f = files[number];
    f = fake_file{};
    f.node.i_mapping = &f.node.i_data;
    f.node.i_data.host = &f.node;
    address_space_init_once(&f.node.i_data);
    f.name.d_inode = &f.node;
    f.filp.f_path.dentry = &f.name;
    f.filp.f_op = ops;
    f.filp.f_mode = mode;
    f.filp.f_mapping = &f.node.i_data;
    atomic_set(&f.filp.f_count, 1);
}

void reset_files() {
    device_vm_ops = vm_operations_struct{};
    device_vm_ops.open = device_open;
    device_vm_ops.close = device_close;
    regular_ops = directory_ops = device_ops = frames_ops = broken_ops = file_operations{};
    regular_ops.mmap = regular_mmap;
    device_ops.mmap = device_mmap;
    frames_ops.mmap = frames_mmap;
    broken_ops.mmap = broken_mmap;
    make_file(guest::kReadOnlyFile, &regular_ops, FMODE_READ);
    make_file(guest::kReadWriteFile, &regular_ops, FMODE_READ | FMODE_WRITE);
    make_file(guest::kWriteOnlyFile, &regular_ops, FMODE_WRITE);
    make_file(guest::kDirectory, &directory_ops, FMODE_READ);
    make_file(guest::kDevice, &device_ops, FMODE_READ | FMODE_WRITE);
    make_file(guest::kFrames, &frames_ops, FMODE_READ | FMODE_WRITE);
    make_file(guest::kBrokenDevice, &broken_ops, FMODE_READ | FMODE_WRITE);
}

}  // namespace

void reset() {
    held = 0;
    present_pages = cached_pages = 0;
    unmapped.count = reprotected.count = 0;
    spin_lock_init(&tasklist_lock);
    spin_lock_init(&mmlist_lock);
    signals = signal_struct{};
    init_task = task_struct{};
    INIT_LIST_HEAD(&init_task.tasks);
    for (auto& task : tasks)
        task = task_struct{};
    current_task = &init_task;
    init_rwsem(&init_mm.mmap_sem);
    INIT_LIST_HEAD(&init_mm.mmlist);
    atomic_set(&init_mm.mm_count, 1);
    vm_stat = vm_event_state{};
    vm_unacct_memory(vm_committed_pages());
    reset_files();
}

int held_locks() {
    return held;
}

file* open_file(int number) {
    return number >= 0 && number < guest::kFiles ? &files[number].filp : nullptr;
}

int number_of(const file* filp) {
    const fake_file* f = of(filp);
    return f ? static_cast<int>(f - files) : guest::kNoFile;
}

guest::FileState state_of(int number) {
    const fake_file& f = files[number];
    return {.references = atomic_read(&f.filp.f_count) - 1,
            .writers = atomic_read(&f.node.i_writecount),
            .opened = f.opened,
            .closed = f.closed};
}

}  // namespace services

using services::held;

// Panics ------------------------------------------------------------------------------------------------

void panic(const char* format, ...) {
    guest::Panic p;
    va_list args;
    va_start(args, format);
    vsnprintf(p.message, sizeof p.message, format, args);
    va_end(args);
    throw p;
}
void bug(const char* condition, const char* file, int line) {
    panic("%s at %s:%d", condition, file, line);
}
void printk(const char*, ...) {}

// Locks -------------------------------------------------------------------------------------------------

void spin_lock(spinlock_t* lock) {
    BUG_ON(spin_is_locked(lock));
    lock->next++;
    lock->acquisitions++;
    held++;
}
bool spin_trylock(spinlock_t* lock) {
    if (spin_is_locked(lock)) return false;
    spin_lock(lock);
    return true;
}
void spin_unlock(spinlock_t* lock) {
    BUG_ON(!spin_is_locked(lock));
    lock->serving++;
    held--;
}
bool spin_is_locked(const spinlock_t* lock) {
    return lock->next != lock->serving;
}
ulong spin_lock_irqsave(spinlock_t* lock) {
    spin_lock(lock);
    return 0;
}
void spin_unlock_irqrestore(spinlock_t* lock, ulong) {
    spin_unlock(lock);
}
void assert_spin_locked(const spinlock_t* lock) {
    BUG_ON(!spin_is_locked(lock));
}

void init_rwsem(rw_semaphore* sem) {
    *sem = rw_semaphore{};
    INIT_LIST_HEAD(&sem->wait_list);
}
void down_read(rw_semaphore* sem) {
    BUG_ON(sem->count < 0);
    sem->count++;
    held++;
}
void up_read(rw_semaphore* sem) {
    BUG_ON(sem->count <= 0);
    sem->count--;
    held--;
}
void down_write(rw_semaphore* sem) {
    BUG_ON(sem->count != 0);
    sem->count = RWSEM_WAITING_BIAS + RWSEM_ACTIVE_BIAS;
    sem->writer = current;
    held++;
}
void up_write(rw_semaphore* sem) {
    BUG_ON(sem->writer != current);
    sem->count = 0;
    sem->writer = nullptr;
    held--;
}
void assert_held_write(const rw_semaphore* sem) {
    BUG_ON(sem->writer != current);
}
void assert_held(const rw_semaphore* sem) {
    BUG_ON(sem->count == 0);
}
void mutex_init(mutex* m) {
    *m = mutex{};
}

// Files -------------------------------------------------------------------------------------------------

void fput(file* filp) {
    BUG_ON(atomic_read(&filp->f_count) <= 0);
    const bool last = atomic_dec_and_test(&filp->f_count);
    BUG_ON(last && services::of(filp));  // the test holds one itself
    if (last) kfree(filp);
}
file* fget(unsigned fd) {
    file* filp = services::open_file(static_cast<int>(fd));
    return filp ? get_file(filp) : nullptr;
}

/// Shared anonymous memory is a file without anything behind it here.
int shmem_zero_setup(vm_area_struct* vma) {
    struct shared_memory {
        file filp;
        inode node;
    };
    auto* memory = static_cast<shared_memory*>(kzalloc(sizeof(shared_memory), GFP_KERNEL));
    if (!memory) return -ENOMEM;
    memory->node.i_data.host = &memory->node;
    address_space_init_once(&memory->node.i_data);
    memory->filp.f_mapping = &memory->node.i_data;
    atomic_set(&memory->filp.f_count, 1);
    vma->vm_file = &memory->filp;
    vma->vm_ops = &services::regular_vm_ops;
    return 0;
}
ulong nr_pagecache_pages() {
    return services::cached_pages;
}

// Page tables -------------------------------------------------------------------------------------------

static void log_range(services::range_log* log, ulong start, ulong end) {
    if (log->count < 64) log->ranges[log->count++] = {start, end};
}

ulong unmap_vmas(mmu_gather*, vm_area_struct* vma, ulong start, ulong end) {
    ulong accounted = 0;
    for (; vma && vma->vm_start < end; vma = vma->vm_next) {
        const ulong from = max(vma->vm_start, start), to = min(vma->vm_end, end);
        if (from < to && (vma->vm_flags & VM_ACCOUNT)) accounted += (to - from) >> PAGE_SHIFT;
    }
    return accounted;
}
void free_pgtables(mmu_gather*, vm_area_struct* vma, ulong, ulong) {
    for (; vma; vma = vma->vm_next) {
        reverse_map::unlink(vma);
        unlink_file_vma(vma);
    }
}
void unmap_region(mm_struct*, vm_area_struct* vma, vm_area_struct*, ulong start, ulong end) {
    log_range(&services::unmapped, start, end);
    vm_unacct_memory(unmap_vmas(nullptr, vma, start, end));
    free_pgtables(nullptr, vma, 0, TASK_SIZE);
}
void change_protection(vm_area_struct*, ulong start, ulong end, pgprot_t) {
    log_range(&services::reprotected, start, end);
}
int make_pages_present(ulong addr, ulong end) {
    services::present_pages += (end - addr) >> PAGE_SHIFT;
    return 0;
}
int copy_page_range(mm_struct*, mm_struct*, vm_area_struct*) {
    return 0;
}
void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm, bool fullmm) {
    *tlb = {.mm = mm, .fullmm = fullmm, .need_flush = false, .nr = 0, .details = nullptr, .pages = {}};
}
void tlb_finish_mmu(mmu_gather*) {}
void flush_tlb_mm(mm_struct*) {}
void enter_lazy_tlb(mm_struct*, task_struct*) {}
page* vm_normal_page(const vm_area_struct*, pte_t) {
    return nullptr;
}
void zero_page_init() {}
page* alloc_pages_slow(gfp_t, unsigned order) {
    return take_free_pages(order, 0);  // nobody reclaims here
}
pgd_t* pgd_alloc(mm_struct*) {
    return new pgd_t[PTRS_PER_PGD]{};
}
void pgd_free(mm_struct*, pgd_t* pgd) {
    delete[] pgd;
}

// The rest ----------------------------------------------------------------------------------------------

size_t strnlen(const char* s, size_t limit) {
    size_t length = 0;
    while (length < limit && s[length])
        length++;
    return length;
}
void clear_page(void* at) {
    memset(at, 0, PAGE_SIZE);
}
ulong copy_from_user(void* to, const void* from, ulong count) {
    memcpy(to, from, count);
    return 0;
}
ulong copy_to_user(void* to, const void* from, ulong count) {
    memcpy(to, from, count);
    return 0;
}
void complete(completion* c) {
    c->done++;
}
