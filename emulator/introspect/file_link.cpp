// SPDX-License-Identifier: GPL-2.0-or-later
// Tells the members of the union apart by the pointers that only one of them has.
#include "introspect/file_link.h"

#include "introspect/vm_flags.h"

namespace mmscope {

namespace {

Result<uint32_t> word(const TypedRef& vma, std::string_view steps) {
    const auto place = vma.follow(steps);
    return place ? place->u32() : Result<uint32_t>(std::unexpected(place.error()));
}

}  // namespace

Result<FileLink> file_link(const TypedRef& vma) {
    const auto file = word(vma, "vm_file"), flags = word(vma, "vm_flags");
    const auto parent = word(vma, "shared.vm_set.parent"), head = word(vma, "shared.vm_set.head");
    for (const auto* value : {&file, &flags, &parent, &head}) {
        if (!*value) return std::unexpected(value->error());
    }
    if (*file == 0) return FileLink::None;
    if (*flags & kVmNonlinear) return FileLink::Nonlinear;
    if (*parent != 0) return FileLink::TreeNode;
    return *head != 0 ? FileLink::SetHead : FileLink::SetMember;
}

std::string_view file_link_name(FileLink link) {
    switch (link) {
        case FileLink::None:
            return "none";
        case FileLink::Nonlinear:
            return "nonlinear";
        case FileLink::TreeNode:
            return "tree node";
        case FileLink::SetHead:
            return "head of a set";
        case FileLink::SetMember:
            return "member of a set";
    }
    return "?";
}

}  // namespace mmscope
