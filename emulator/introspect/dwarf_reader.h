// SPDX-License-Identifier: GPL-2.0-or-later
// Turns entries of DWARF debug information into Types. The one place, with type_table.cpp, that knows libdw.
#pragma once

#include <elfutils/libdw.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "introspect/type.h"

namespace mmscope {

/// Owns what libelf and libdw opened on bytes that outlive it.
class DwarfHandle {
  public:
    /// Error: libelf or libdw's own words, or no .debug_info.
    static Result<DwarfHandle> open(std::span<const std::byte> elf, std::string_view file_name);
    [[nodiscard]] Dwarf* get() const { return dwarf_.get(); }

  private:
    DwarfHandle() = default;
    std::unique_ptr<Elf, int (*)(Elf*)> elf_{nullptr, nullptr};
    std::unique_ptr<Dwarf, int (*)(Dwarf*)> dwarf_{nullptr, nullptr};  // closed before elf_
};

class DwarfReader {
  public:
    /// Where the complete definition of a tag stands, for entries that only declare it.
    using TagIndex = std::function<std::optional<Dwarf_Off>(std::string_view tag)>;

    DwarfReader(DwarfHandle dwarf, TagIndex tags) : dwarf_(std::move(dwarf)), tags_(std::move(tags)) {}

    [[nodiscard]] Dwarf* dwarf() const { return dwarf_.get(); }
    /// The type that the entry at `offset` defines, with everything reachable from it.
    const Type* type_at(Dwarf_Off offset);
    /// The type of the variable whose entry is at `offset`; null if it has none.
    const Type* type_of(Dwarf_Off offset);

  private:
    const Type* convert(Dwarf_Die& entry, int depth);
    void convert_known(Dwarf_Die& entry, Type& type, int depth);
    void convert_base(Dwarf_Die& entry, Type& type);
    void convert_pointer(Dwarf_Die& entry, Type& type, int depth);
    void convert_alias(Dwarf_Die& entry, Type& type, int depth);
    void convert_array(Dwarf_Die& entry, Type& type, int depth);
    void convert_function(Dwarf_Die& entry, Type& type, int depth);
    void convert_enum(Dwarf_Die& entry, Type& type, int depth);
    void convert_tag(Dwarf_Die& entry, Type& type);
    void complete_members();
    void read_members(Dwarf_Die& entry, Type& type);
    std::optional<Member> read_member(Dwarf_Die& entry);
    /// The type DW_AT_type names; void if there is none.
    const Type* target_of(Dwarf_Die& entry, int depth);

    DwarfHandle dwarf_;
    TagIndex tags_;
    std::deque<Type> types_;  // stable addresses
    std::unordered_map<Dwarf_Off, const Type*> made_;
    std::vector<std::pair<Type*, Dwarf_Off>> incomplete_;  // structures whose members are still to be read
    const Type* void_ = nullptr;
};

}  // namespace mmscope
