// SPDX-License-Identifier: GPL-2.0-or-later
// DWARF 5, sections 3.3.1 (subroutines) and 3.3.8 (inlinable and inlined subroutines).
#include "introspect/dwarf_functions.h"

#include <dwarf.h>

namespace mmscope {

namespace {

constexpr int kDeepest = 64;          // nesting of lexical blocks and inlined calls
constexpr uint32_t kStackWord = 4;    // i386 ABI 2.2.3: each argument fills whole words
constexpr uint32_t kFirstOffset = 4;  // above the return address

std::optional<Dwarf_Off> origin_of(Dwarf_Die& entry) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    if (!dwarf_attr(&entry, DW_AT_abstract_origin, &attribute) || !dwarf_formref_die(&attribute, &origin))
        return std::nullopt;
    return dwarf_dieoffset(&origin);
}

void count_below(Dwarf_Die parent, int depth, InlinedCopies& counts, size_t& left) {
    Dwarf_Die child;
    if (depth > kDeepest || dwarf_child(&parent, &child) != 0) return;
    do {
        if (left == 0) return;
        --left;
        if (dwarf_tag(&child) == DW_TAG_inlined_subroutine) {
            if (const auto origin = origin_of(child)) ++counts[*origin];
        }
        count_below(child, depth + 1, counts, left);
    } while (dwarf_siblingof(&child, &child) == 0);
}

std::vector<FunctionParameter> read_parameters(DwarfReader& reader, Dwarf_Die& function) {
    std::vector<FunctionParameter> parameters;
    uint32_t offset = kFirstOffset;
    Dwarf_Die child;
    if (dwarf_child(&function, &child) != 0) return parameters;
    do {
        if (dwarf_tag(&child) != DW_TAG_formal_parameter) continue;
        const char* name = dwarf_diename(&child);
        const Type* type = reader.type_of(dwarf_dieoffset(&child));
        const uint32_t size = type != nullptr ? type->resolved().size : 0;
        parameters.push_back({name != nullptr ? name : "", type, offset});
        offset += (size + kStackWord - 1) / kStackWord * kStackWord;
    } while (dwarf_siblingof(&child, &child) == 0);
    return parameters;
}

}  // namespace

InlinedCopies count_inlined_copies(Dwarf* dwarf, size_t most_entries) {
    InlinedCopies counts;
    Dwarf_CU* unit = nullptr;
    Dwarf_Die root;
    while (dwarf_get_units(dwarf, unit, &unit, nullptr, nullptr, &root, nullptr) == 0)
        count_below(root, 0, counts, most_entries);
    return counts;
}

std::optional<FunctionModel> read_function(DwarfReader& reader, Dwarf_Off offset,
                                           const InlinedCopies& inlined) {
    Dwarf_Die entry;
    Dwarf_Addr low = 0, high = 0;
    if (!dwarf_offdie(reader.dwarf(), offset, &entry)) return std::nullopt;
    if (dwarf_lowpc(&entry, &low) != 0 || dwarf_highpc(&entry, &high) != 0 || high <= low)
        return std::nullopt;
    const char* name = dwarf_diename(&entry);
    FunctionModel function{.name = name != nullptr ? name : "",
                           .entry = LinearAddr(static_cast<uint32_t>(low)),
                           .size = static_cast<uint32_t>(high - low),
                           .parameters = read_parameters(reader, entry),
                           .result = reader.type_of(offset)};
    const auto origin = origin_of(entry);
    const auto copies = inlined.find(origin.value_or(offset));
    if (copies != inlined.end()) function.inlined_copies = copies->second;
    return function;
}

}  // namespace mmscope
