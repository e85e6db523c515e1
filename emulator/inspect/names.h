// SPDX-License-Identifier: GPL-2.0-or-later
// Bits by name: vm_flags, page-table entries, protections, and what else the kernel keeps in words of flags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "introspect/type_table.h"

namespace mmscope {

/// Names of the bits that are set, lowest first; bits without a name as one number in hexadecimal at the end.
using BitNames = std::vector<std::string>;

/// VM_* (MM_FACTS 5.1).
BitNames vm_flag_names(uint32_t vm_flags);
/// An entry of a page directory or table (SDM vol. 3, tables 4-4 to 4-6; MM_FACTS 5.4): its bits if it is
/// present, "PROT_NONE", "file page N", or "swap area T slot N" if it is not; nothing if it is 0.
BitNames entry_names(uint32_t entry);
/// The bits of a protection (pgprot_t), without a frame.
BitNames protection_names(uint32_t pgprot);
/// SLAB_* of a slab cache.
BitNames slab_flag_names(uint32_t flags);
/// SWP_* of a swap area.
BitNames swap_flag_names(uint32_t flags);
/// The member `member` of the structure `tag`, if it is one of those that hold flags ("vm_area_struct",
/// "vm_flags"). None: it is not.
std::optional<BitNames> flag_names(const TypeTable& types, std::string_view tag, std::string_view member,
                                   uint32_t value);

/// "VM_READ|VM_WRITE"; "0" for nothing.
std::string join_names(const BitNames& names);

}  // namespace mmscope
