// SPDX-License-Identifier: GPL-2.0-or-later
// What tests see of the priority search tree (guest/mm/prio_tree.h): areas of one file, told apart by
// numbers.
#pragma once

#include "guest_memory.h"

namespace guest {

constexpr int kMaxFileAreas = 512;

/// Pages of the file, both ends included.
struct Interval {
    ulong first, last;
    bool operator==(const Interval&) const = default;
};
/// Where an area is: a node of the tree without or with others behind it, the first of those, or one of the
/// rest.
enum class Role { Alone, NodeWithOthers, FirstOther, Other };

/// A file without areas.
void file_areas_reset();
/// A new area; its number, the smallest free one, or -1 if there are kMaxFileAreas.
int file_area_insert(Interval pages);
/// A copy of an area that is there, entered next to it; its number.
int file_area_copy(int area);
void file_area_remove(int area);
Role file_area_role(int area);
/// The areas that show a page of `pages`, in the order of the walk; how many.
int file_areas_showing(Interval pages, int* out, int room);
/// The tree's own measure of its indices, and its height in nodes.
unsigned file_areas_index_bits();
int file_areas_depth();
/// Every rule of INV-32 and of vm_set. Returns the number of areas. Throws Panic.
int file_areas_check();

}  // namespace guest
