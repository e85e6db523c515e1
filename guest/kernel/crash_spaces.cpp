// SPDX-License-Identifier: GPL-2.0-or-later
// See crash_spaces.h: each breaks one invariant that validate_mm, or the way back to a program, has to find.
#include "kernel/crash_spaces.h"

#include "fs/fs.h"
#include "kernel/panic.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/internal.h"

/// An address space with nothing in it and nobody who uses it.
mm_struct* new_space() {
    mm_struct* mm = mm_alloc();
    if (!mm) panic("crash: no memory for an address space");
    arch_pick_mmap_layout(mm);
    return mm;
}

/// The running thread is in it, like a program.
mm_struct* enter_new_space() {
    mm_struct* mm = new_space();
    use_mm(mm);
    current->flags &= ~PF_KTHREAD;
    space_owner::init(mm, current);
    return mm;
}

/// As often as it takes until everything is looked at.
void validate(mm_struct* mm) {
    down_write(&mm->mmap_sem);
    for (int i = 0; i < 8; i++)
        validate_mm(mm);
    up_write(&mm->mmap_sem);
}

void half_a_place_on_mmlist() {
    mm_struct* mm = new_space();
    mm->mmlist.next = &init_mm.mmlist;
    validate(mm);
}

void a_mask_of_a_processor_elsewhere() {
    mm_struct* mm = new_space();
    mm->cpu_vm_mask.bits[0] = 1;
    validate(mm);
}

void a_running_space_without_its_mask() {
    mm_struct* mm = enter_new_space();
    mm->cpu_vm_mask.bits[0] = 0;
    validate(mm);
}

void a_dead_space_with_pages() {
    mm_struct* mm = new_space();
    mm->pgd[1].pgd = _PAGE_ACCESSED;
    mmput(mm);
}

void a_dead_space_that_is_read() {
    mm_struct* mm = new_space();
    down_read(&mm->mmap_sem);
    mmput(mm);
}

/// A program's file counts a writer while it runs.
void a_writer_of_a_running_program() {
    mm_struct* mm = enter_new_space();
    file* program = open_exec("/bin/true");
    if (IS_ERR(program)) panic("crash: no /bin/true");
    down_write(&mm->mmap_sem);
    const ulong at =
        do_mmap_pgoff(program, 0, PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_DENYWRITE, 0);
    up_write(&mm->mmap_sem);
    if (IS_ERR_VALUE(at)) panic("crash: no mapping of /bin/true, %ld", static_cast<long>(at));
    atomic_inc(&program->f_mapping->host->i_writecount);
    validate(mm);
}

void a_token_of_a_space_that_is_gone() {
    mm_struct* gone = new_space();
    mm_struct* mm = new_space();
    swap_token_mm = gone;
    atomic_set(&gone->mm_count, 0);
    validate(mm);
}

/// Two pages of anonymous memory side by side, as one area. The semaphore is held when it returns.
ulong map_two_pages(mm_struct* mm) {
    down_write(&mm->mmap_sem);
    const ulong at = do_mmap_pgoff(nullptr, 0, 2 * PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
    if (IS_ERR_VALUE(at)) panic("crash: no mapping, %ld", static_cast<long>(at));
    return at;
}

void equal_areas_side_by_side() {
    mm_struct* mm = enter_new_space();
    const ulong at = map_two_pages(mm);
    if (split_vma(mm, find_vma(mm, at), at + PAGE_SIZE, 0)) panic("crash: no memory for an area");
    validate_new_area(mm, at, PAGE_SIZE);
}

void a_heap_without_memory() {
    mm_struct* mm = new_space();
    mm->start_brk = PAGE_SIZE;
    mm->brk = 2 * PAGE_SIZE;
    validate_new_program(mm);
}

void a_stack_that_does_not_grow() {
    mm_struct* mm = enter_new_space();
    mm->start_stack = map_two_pages(mm);
    validate_new_program(mm);
}

/// The list of an anon_vma changes without its lock.
void link_area_unlocked() {
    anon_vma anon = {SPIN_LOCK_UNLOCKED, LIST_HEAD_INIT(anon.head)};
    vm_area_struct area{};
    area.anon_vma = &anon;
    __anon_vma_link(&area);
}

/// A frame gets an entry without the lock of the page tables that it is in.
void map_page_unlocked() {
    vm_area_struct area{};
    area.vm_mm = &init_mm;
    page frame{};
    page_add_new_anon_rmap(&frame, &area, 0);
}
