// SPDX-License-Identifier: GPL-2.0-or-later
// Which member of vm_area_struct.shared holds: the union itself does not say (MM_FACTS 4.22).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "introspect/typed_ref.h"

namespace mmscope {

/// How an area hangs in its file's i_mmap, and so which member of the union is alive.
enum class FileLink : uint8_t {
    None,       // no file: the union means nothing
    Nonlinear,  // vm_set.list, in i_mmap_nonlinear
    TreeNode,   // prio_tree_node; its `parent` is vm_set.parent
    SetHead,    // vm_set: first of the areas with one range; vm_set.head is the node of the tree
    SetMember,  // vm_set.list: one of the others
};

/// Error: this is no vm_area_struct of an edition with a priority tree, or it cannot be read.
Result<FileLink> file_link(const TypedRef& vma);
/// "tree node", "none": for people.
std::string_view file_link_name(FileLink link);

}  // namespace mmscope
