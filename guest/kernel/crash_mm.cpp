// SPDX-License-Identifier: GPL-2.0-or-later
// Mistakes with address spaces and what hangs on them here: each breaks one invariant that validate_mm, or
// the way back to a program, has to find.
#include "fs/aio.h"
#include "kernel/core_state.h"
#include "kernel/crash.h"
#include "kernel/crash_spaces.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/internal.h"
#include "mm/mmu_notifier.h"

namespace {

void an_owner_of_another_space() {
    mm_struct* mm = enter_new_space();
    mm->owner = &init_task;
    validate(mm);
}

void a_listener_that_nobody_points_to() {
    static mmu_notifier listener;
    mm_struct* mm = new_space();
    if (mmu_notifier_register(&listener, mm)) panic("crash: no memory for a listener");
    listener.hlist.pprev = nullptr;
    validate(mm);
}

void an_aio_context_of_another_space() {
    static kioctx context;
    mm_struct* mm = new_space();
    atomic_set(&context.users, 1);
    context.mm = &init_mm;
    hlist_add_head(&context.list, &mm->ioctx_list);
    validate(mm);
}

void a_dump_by_nobody() {
    static core_state dump;
    mm_struct* mm = new_space();
    mm->core_state = &dump;
    validate(mm);
}

void a_dump_off_the_stack() {
    static core_state dump;
    mm_struct* mm = enter_new_space();
    dump.dumper.task = current;
    mm->core_state = &dump;
    validate(mm);
}

}  // namespace

const mistake mm_mistakes[] = {
    {"half_a_place_on_mmlist", half_a_place_on_mmlist},
    {"a_mask_of_a_processor_elsewhere", a_mask_of_a_processor_elsewhere},
    {"a_running_space_without_its_mask", a_running_space_without_its_mask},
    {"an_owner_of_another_space", an_owner_of_another_space},
    {"a_listener_that_nobody_points_to", a_listener_that_nobody_points_to},
    {"an_aio_context_of_another_space", an_aio_context_of_another_space},
    {"a_dump_by_nobody", a_dump_by_nobody},
    {"a_dump_off_the_stack", a_dump_off_the_stack},
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
