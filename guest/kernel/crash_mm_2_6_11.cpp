// SPDX-License-Identifier: GPL-2.0-or-later
// Mistakes with address spaces and what hangs on them in edition 2.6.11: each breaks one invariant that
// validate_mm, or the way back to a program, has to find.
#include "fs/aio.h"
#include "kernel/crash.h"
#include "kernel/crash_spaces.h"
#include "mm/internal.h"

namespace {

void an_aio_context_of_another_space() {
    static kioctx context;
    mm_struct* mm = new_space();
    atomic_set(&context.users, 1);
    context.mm = &init_mm;
    mm->ioctx_list = &context;
    validate(mm);
}

void a_request_that_is_not_listed() {
    mm_struct* mm = new_space();
    mm->default_kioctx.reqs_active = 1;
    validate(mm);
}

void a_dump_that_tells_nobody() {
    mm_struct* mm = new_space();
    mm->core_waiters = 1;
    validate(mm);
}

void a_peak_below_the_size() {
    mm_struct* mm = enter_new_space();
    down_write(&mm->mmap_sem);
    do_mmap_pgoff(nullptr, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
    up_write(&mm->mmap_sem);
    mm->hiwater_vm = 0;
    validate(mm);
}

}  // namespace

const mistake mm_mistakes[] = {
    {"half_a_place_on_mmlist", half_a_place_on_mmlist},
    {"a_mask_of_a_processor_elsewhere", a_mask_of_a_processor_elsewhere},
    {"a_running_space_without_its_mask", a_running_space_without_its_mask},
    {"an_aio_context_of_another_space", an_aio_context_of_another_space},
    {"a_request_that_is_not_listed", a_request_that_is_not_listed},
    {"a_dump_that_tells_nobody", a_dump_that_tells_nobody},
    {"a_peak_below_the_size", a_peak_below_the_size},
    {"a_dead_space_with_pages", a_dead_space_with_pages},
    {"a_token_of_a_space_that_is_gone", a_token_of_a_space_that_is_gone},
    {"equal_areas_side_by_side", equal_areas_side_by_side},
    {"a_heap_without_memory", a_heap_without_memory},
    {"a_stack_that_does_not_grow", a_stack_that_does_not_grow},
    {"a_dead_space_that_is_read", a_dead_space_that_is_read},
    {"a_writer_of_a_running_program", a_writer_of_a_running_program},
    {"link_area_unlocked", link_area_unlocked},
    {"map_page_unlocked", map_page_unlocked},
    {nullptr, nullptr},
};
