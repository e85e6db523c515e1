// SPDX-License-Identifier: GPL-2.0-or-later
// C types as values: what the debug information says of a structure, with every offset the decoder uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mmscope {

enum class TypeKind : uint8_t {
    Void,
    Integer,
    Boolean,
    Character,
    Float,
    Enum,
    Pointer,  // also references; target may be Function or Void
    Array,    // of `target`, `count` items; 0 items for a flexible array
    Struct,   // also C++ classes; a base class is an anonymous member
    Union,
    Function,  // `target` is what it returns
    Alias,     // a typedef or a qualifier of `target`
    Opaque,    // a structure that is only declared, or a DWARF construct this decoder has no use for
};

struct Type;

struct Member {
    std::string name;  // empty: anonymous struct or union
    const Type* type = nullptr;
    uint32_t offset = 0;  // bytes from the start of the structure; of a bit field: the byte of its first bit
    uint32_t bit_offset = 0;  // 0..7, counted from the least significant bit, if bit_size is not 0
    uint32_t bit_size = 0;    // 0: not a bit field
};

struct Enumerator {
    std::string name;
    int64_t value = 0;
};

/// Owned by the TypeTable that made it; lives as long as the table.
struct Type {
    TypeKind kind = TypeKind::Opaque;
    std::string name;  // as one writes it in C: "struct mm_struct", "unsigned long", "int (*)(struct file *)"
    uint32_t size = 0;  // bytes; 0 for Void, Function, Opaque
    bool is_signed = false;
    const Type* target = nullptr;
    uint32_t count = 0;
    std::vector<Member> members;
    std::vector<Enumerator> enumerators;

    /// Without typedefs and qualifiers.
    [[nodiscard]] const Type& resolved() const;
};

/// A member reached through structures by name.
struct MemberPlace {
    const Type* type = nullptr;
    uint32_t offset = 0;  // from the start of the outermost structure
    uint32_t bit_offset = 0;
    uint32_t bit_size = 0;
};

/// "brk", "f_path.dentry": also inside anonymous structs and unions. None if there is no such member.
std::optional<MemberPlace> find_member(const Type& type, std::string_view path);

/// Integers, enums, pointers and booleans of at most 8 bytes, and structures whose only member is one
/// (atomic_t, pgprot_t, cpumask_t with one word): the place of the scalar itself. None for anything else.
std::optional<MemberPlace> find_scalar(const MemberPlace& place);

}  // namespace mmscope
