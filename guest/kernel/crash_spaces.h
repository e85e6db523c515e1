// SPDX-License-Identifier: GPL-2.0-or-later
// Mistakes with address spaces that editions with a reverse map by objects have in common.
#pragma once

#include "mm/mm_types.h"

/// An address space with nothing in it and nobody who uses it.
mm_struct* new_space();
/// The running thread is in it, like a program.
mm_struct* enter_new_space();
/// As often as it takes until everything is looked at.
void validate(mm_struct* mm);

void half_a_place_on_mmlist();
void a_mask_of_a_processor_elsewhere();
void a_running_space_without_its_mask();
void a_dead_space_with_pages();
void a_dead_space_that_is_read();
void a_writer_of_a_running_program();
void a_token_of_a_space_that_is_gone();
void equal_areas_side_by_side();
void a_heap_without_memory();
void a_stack_that_does_not_grow();
void link_area_unlocked();
void map_page_unlocked();
