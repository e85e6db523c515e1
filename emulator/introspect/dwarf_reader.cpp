// SPDX-License-Identifier: GPL-2.0-or-later
// DWARF entries to Types. Attribute by attribute as DWARF 5, chapter 5, has them; version 2 to 4 forms too.
#include "introspect/dwarf_reader.h"

#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>

namespace mmscope {

namespace {

constexpr int kMaxDepth = 128;  // of pointers, arrays and typedefs; structures do not nest here
constexpr uint64_t kMaxObject = uint64_t{1} << 31;
constexpr size_t kLongestName = 512;  // made of other types' names, which could double with each step
constexpr size_t kMostDimensions = 16;

std::optional<uint64_t> unsigned_attribute(Dwarf_Die& entry, unsigned name) {
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (!dwarf_attr_integrate(&entry, name, &attribute) || dwarf_formudata(&attribute, &value) != 0) {
        return std::nullopt;
    }
    return value;
}

int64_t constant_value(Dwarf_Die& entry) {
    Dwarf_Attribute attribute;
    if (!dwarf_attr(&entry, DW_AT_const_value, &attribute)) return 0;
    const unsigned form = dwarf_whatform(&attribute);
    if (form == DW_FORM_sdata || form == DW_FORM_implicit_const) {
        Dwarf_Sword value = 0;
        return dwarf_formsdata(&attribute, &value) == 0 ? value : 0;
    }
    Dwarf_Word value = 0;
    return dwarf_formudata(&attribute, &value) == 0 ? static_cast<int64_t>(value) : 0;
}

uint32_t byte_size(Dwarf_Die& entry) {
    const uint64_t size = unsigned_attribute(entry, DW_AT_byte_size).value_or(0);
    return size < kMaxObject ? static_cast<uint32_t>(size) : 0;
}

/// A constant, or (DWARF 2) the expression DW_OP_plus_uconst.
std::optional<uint64_t> member_location(Dwarf_Die& entry) {
    Dwarf_Attribute attribute;
    if (!dwarf_attr(&entry, DW_AT_data_member_location, &attribute)) return std::nullopt;
    Dwarf_Word value = 0;
    if (dwarf_formudata(&attribute, &value) == 0) return value;
    Dwarf_Op* operations = nullptr;
    size_t count = 0;
    if (dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 1) return std::nullopt;
    return operations[0].atom == DW_OP_plus_uconst ? std::optional<uint64_t>(operations[0].number)
                                                   : std::nullopt;
}

std::string tag_word(int tag) {
    switch (tag) {
        case DW_TAG_union_type:
            return "union";
        case DW_TAG_enumeration_type:
            return "enum";
        default:
            return "struct";
    }
}

std::string tag_name(Dwarf_Die& entry) {
    const char* name = dwarf_diename(&entry);
    return tag_word(dwarf_tag(&entry)) + " " + (name ? name : "{...}");
}

/// C puts the star of a pointer to a function inside: "int (*)(void)".
std::string pointer_name(const Type& target, char sign) {
    if (const size_t inner = target.name.find("(*"); inner != std::string::npos) {
        std::string name = target.name;
        return name.insert(inner + 1, 1, sign);
    }
    if (target.kind == TypeKind::Function && target.target) {
        // A function that takes this very pointer has no name yet.
        const size_t result = std::min(target.target->name.size() + 1, target.name.size());
        return target.target->name + " (" + sign + ")" + target.name.substr(result);
    }
    return target.name.ends_with('*') ? target.name + sign : target.name + " " + sign;
}

/// What lies outside of its structure is damage, and would be read as something else.
bool lies_inside(const Member& member, const Type& outer) {
    const uint64_t size =
        member.bit_size != 0 ? (member.bit_offset + member.bit_size + 7) / 8 : member.type->resolved().size;
    return member.offset + size <= outer.size;
}

}  // namespace

Result<DwarfHandle> DwarfHandle::open(std::span<const std::byte> elf, std::string_view file_name) {
    elf_version(EV_CURRENT);
    DwarfHandle handle;
    // elf_memory takes a non-const pointer but only reads: nothing here asks it to write.
    char* bytes = const_cast<char*>(reinterpret_cast<const char*>(elf.data()));
    handle.elf_ = {elf_memory(bytes, elf.size()), &elf_end};
    if (!handle.elf_) return fail(fmt::format("{}: {}", file_name, elf_errmsg(-1)));
    handle.dwarf_ = {dwarf_begin_elf(handle.elf_.get(), DWARF_C_READ, nullptr), &dwarf_end};
    if (!handle.dwarf_) {
        const int error = dwarf_errno();
        return fail(
            fmt::format("{}: has no usable debug information ({}); build it with -g and do not strip it",
                        file_name, dwarf_errmsg(error)));
    }
    return handle;
}

const Type* DwarfReader::type_at(Dwarf_Off offset) {
    Dwarf_Die entry;
    if (!dwarf_offdie(dwarf_.get(), offset, &entry)) return nullptr;
    const Type* type = convert(entry, 0);
    complete_members();
    return type;
}

const Type* DwarfReader::type_of(Dwarf_Off offset) {
    Dwarf_Die entry;
    if (!dwarf_offdie(dwarf_.get(), offset, &entry)) return nullptr;
    const Type* type = target_of(entry, 0);
    complete_members();
    return type;
}

const Type* DwarfReader::target_of(Dwarf_Die& entry, int depth) {
    Dwarf_Attribute attribute;
    Dwarf_Die target;
    if (dwarf_attr_integrate(&entry, DW_AT_type, &attribute) && dwarf_formref_die(&attribute, &target)) {
        return convert(target, depth + 1);
    }
    if (!void_) {
        Type& type = types_.emplace_back();
        type.kind = TypeKind::Void;
        type.name = "void";
        void_ = &type;
    }
    return void_;
}

const Type* DwarfReader::convert(Dwarf_Die& entry, int depth) {
    const Dwarf_Off offset = dwarf_dieoffset(&entry);
    if (const auto it = made_.find(offset); it != made_.end()) return it->second;
    if (const char* name = dwarf_diename(&entry); name && dwarf_hasattr(&entry, DW_AT_declaration)) {
        const auto complete = tags_(name);
        Dwarf_Die definition;
        if (complete && *complete != offset && dwarf_offdie(dwarf_.get(), *complete, &definition) &&
            depth < kMaxDepth) {
            const Type* type = convert(definition, depth + 1);
            made_[offset] = type;
            return type;
        }
    }
    types_.emplace_back();
    Type& type = types_.back();
    made_[offset] = &type;  // before its parts are read: they may lead back to it
    if (depth < kMaxDepth) convert_known(entry, type, depth);
    if (type.name.size() > kLongestName) type.name.replace(kLongestName, std::string::npos, "...");
    return &type;
}

void DwarfReader::convert_known(Dwarf_Die& entry, Type& type, int depth) {
    switch (dwarf_tag(&entry)) {
        case DW_TAG_base_type:
        case DW_TAG_unspecified_type:
            return convert_base(entry, type);
        case DW_TAG_pointer_type:
        case DW_TAG_reference_type:
        case DW_TAG_rvalue_reference_type:
            return convert_pointer(entry, type, depth);
        case DW_TAG_typedef:
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_restrict_type:
        case DW_TAG_atomic_type:
            return convert_alias(entry, type, depth);
        case DW_TAG_array_type:
            return convert_array(entry, type, depth);
        case DW_TAG_subroutine_type:
            return convert_function(entry, type, depth);
        case DW_TAG_enumeration_type:
            return convert_enum(entry, type, depth);
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_union_type:
            return convert_tag(entry, type);
        default:
            type.name = "?";
    }
}

void DwarfReader::convert_base(Dwarf_Die& entry, Type& type) {
    const char* name = dwarf_diename(&entry);
    type.name = name ? name : "?";
    // GCC's C++ front end says "long unsigned int"; people write "unsigned long".
    static const std::pair<const char*, const char*> kSpellings[] = {
        {"long unsigned int", "unsigned long"},           {"long int", "long"},
        {"long long unsigned int", "unsigned long long"}, {"long long int", "long long"},
        {"short unsigned int", "unsigned short"},         {"short int", "short"}};
    for (const auto& [gcc, usual] : kSpellings) {
        if (type.name == gcc) type.name = usual;
    }
    type.size = byte_size(entry);
    const uint64_t encoding = unsigned_attribute(entry, DW_AT_encoding).value_or(0);
    type.is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
    switch (encoding) {
        case DW_ATE_boolean:
            type.kind = TypeKind::Boolean;
            break;
        case DW_ATE_signed_char:
        case DW_ATE_unsigned_char:
            type.kind = TypeKind::Character;
            break;
        case DW_ATE_signed:
        case DW_ATE_unsigned:
        case DW_ATE_UTF:
            type.kind = TypeKind::Integer;
            break;
        case DW_ATE_float:
            type.kind = TypeKind::Float;
            break;
        default:
            break;
    }
}

void DwarfReader::convert_pointer(Dwarf_Die& entry, Type& type, int depth) {
    type.kind = TypeKind::Pointer;
    type.size = 4;
    type.target = target_of(entry, depth);
    type.name = pointer_name(*type.target, dwarf_tag(&entry) == DW_TAG_pointer_type ? '*' : '&');
}

void DwarfReader::convert_alias(Dwarf_Die& entry, Type& type, int depth) {
    type.kind = TypeKind::Alias;
    const char* name = dwarf_diename(&entry);
    if (name) type.name = name;  // before the target, which may name this one
    type.target = target_of(entry, depth);
    const Type& resolved = type.resolved();
    type.size = resolved.size;
    type.is_signed = resolved.is_signed;
    if (name) return;
    const int tag = dwarf_tag(&entry);
    const std::string word = tag == DW_TAG_const_type      ? "const"
                             : tag == DW_TAG_volatile_type ? "volatile"
                             : tag == DW_TAG_atomic_type   ? "_Atomic"
                                                           : "restrict";
    const bool pointer = type.target->kind == TypeKind::Pointer;
    type.name = pointer ? type.target->name + word : word + " " + type.target->name;
}

void DwarfReader::convert_array(Dwarf_Die& entry, Type& type, int depth) {
    std::vector<uint32_t> dimensions;
    Dwarf_Die child;
    if (dwarf_child(&entry, &child) == 0) {
        do {
            if (dwarf_tag(&child) != DW_TAG_subrange_type) continue;
            uint64_t count = 0;
            if (const auto stated = unsigned_attribute(child, DW_AT_count)) count = *stated;
            if (const auto upper = unsigned_attribute(child, DW_AT_upper_bound)) count = *upper + 1;
            dimensions.push_back(count < kMaxObject ? static_cast<uint32_t>(count) : 0);
        } while (dimensions.size() < kMostDimensions && dwarf_siblingof(&child, &child) == 0);
    }
    if (dimensions.empty()) dimensions.push_back(0);
    const Type* item = target_of(entry, depth);
    const std::string base = item->name;
    std::string suffix;
    for (size_t i = dimensions.size(); i-- > 0;) {
        Type& array = i == 0 ? type : types_.emplace_back();
        suffix.insert(0, fmt::format("[{}]", dimensions[i]));
        const uint64_t size = uint64_t{item->size} * dimensions[i];
        array.kind = size < kMaxObject ? TypeKind::Array : TypeKind::Opaque;
        array.name = base + " " + suffix;
        array.size = size < kMaxObject ? static_cast<uint32_t>(size) : 0;
        array.count = dimensions[i];
        array.target = item;
        item = &array;
    }
}

void DwarfReader::convert_function(Dwarf_Die& entry, Type& type, int depth) {
    type.kind = TypeKind::Function;
    type.target = target_of(entry, depth);
    std::string parameters;
    Dwarf_Die child;
    if (dwarf_child(&entry, &child) == 0) {
        do {
            const int tag = dwarf_tag(&child);
            if (tag != DW_TAG_formal_parameter && tag != DW_TAG_unspecified_parameters) continue;
            if (!parameters.empty()) parameters += ", ";
            parameters += tag == DW_TAG_formal_parameter ? target_of(child, depth)->name : "...";
        } while (parameters.size() < kLongestName && dwarf_siblingof(&child, &child) == 0);
    }
    type.name = fmt::format("{} ({})", type.target->name, parameters.empty() ? "void" : parameters);
}

void DwarfReader::convert_enum(Dwarf_Die& entry, Type& type, int depth) {
    type.kind = TypeKind::Enum;
    type.name = tag_name(entry);
    type.size = byte_size(entry);
    Dwarf_Attribute attribute;
    if (dwarf_attr(&entry, DW_AT_type, &attribute)) type.is_signed = target_of(entry, depth)->is_signed;
    Dwarf_Die child;
    if (dwarf_child(&entry, &child) != 0) return;
    do {
        if (dwarf_tag(&child) != DW_TAG_enumerator) continue;
        const char* name = dwarf_diename(&child);
        type.enumerators.push_back({name ? name : "", constant_value(child)});
    } while (dwarf_siblingof(&child, &child) == 0);
}

void DwarfReader::convert_tag(Dwarf_Die& entry, Type& type) {
    type.name = tag_name(entry);
    if (dwarf_hasattr(&entry, DW_AT_declaration)) return;  // stays Opaque
    type.kind = dwarf_tag(&entry) == DW_TAG_union_type ? TypeKind::Union : TypeKind::Struct;
    type.size = byte_size(entry);
    incomplete_.emplace_back(&type, dwarf_dieoffset(&entry));
}

void DwarfReader::complete_members() {
    while (!incomplete_.empty()) {
        const auto [type, offset] = incomplete_.back();
        incomplete_.pop_back();
        Dwarf_Die entry;
        if (dwarf_offdie(dwarf_.get(), offset, &entry)) read_members(entry, *type);
    }
}

void DwarfReader::read_members(Dwarf_Die& entry, Type& type) {
    Dwarf_Die child;
    if (dwarf_child(&entry, &child) != 0) return;
    do {
        const int tag = dwarf_tag(&child);
        if (tag != DW_TAG_member && tag != DW_TAG_inheritance) continue;
        if (dwarf_hasattr(&child, DW_AT_external) || dwarf_hasattr(&child, DW_AT_declaration))
            continue;  // static
        auto member = read_member(child);
        if (member && lies_inside(*member, type)) type.members.push_back(std::move(*member));
    } while (dwarf_siblingof(&child, &child) == 0);
}

std::optional<Member> DwarfReader::read_member(Dwarf_Die& entry) {
    Member member;
    if (const char* name = dwarf_diename(&entry)) member.name = name;  // a base class has none
    member.type = target_of(entry, 0);
    const uint64_t location = member_location(entry).value_or(0);
    if (location >= kMaxObject) return std::nullopt;
    member.offset = static_cast<uint32_t>(location);
    const auto bits = unsigned_attribute(entry, DW_AT_bit_size);
    if (!bits) return member;
    uint64_t first = location * 8;
    if (const auto from_start = unsigned_attribute(entry, DW_AT_data_bit_offset)) {
        first = *from_start;
    } else if (const auto from_top = unsigned_attribute(entry, DW_AT_bit_offset)) {
        // DWARF 2 and 3 count from the most significant bit of the storage unit.
        const uint64_t unit = unsigned_attribute(entry, DW_AT_byte_size).value_or(member.type->size);
        first = location * 8 + unit * 8 - *from_top - *bits;
    }
    if (*bits == 0 || *bits > 64 || first / 8 >= kMaxObject) return std::nullopt;
    member.offset = static_cast<uint32_t>(first / 8);
    member.bit_offset = static_cast<uint32_t>(first % 8);
    member.bit_size = static_cast<uint32_t>(*bits);
    return member;
}

}  // namespace mmscope
