// SPDX-License-Identifier: GPL-2.0-or-later
// Typed values: bytes of the guest read by a type of its debug information.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace mmscope {

struct Type;
class SymbolTable;
struct FieldValue;

/// An address stored in the guest, with the name of what stands there if the symbol table knows it.
struct PointerValue {
    uint32_t address = 0;
    std::string symbol;  // "name" or "name+0x1c"; empty: none
    friend bool operator==(const PointerValue&, const PointerValue&) = default;
};

struct EnumValue {
    int64_t number = 0;
    std::string name;  // empty: no enumerator has this number
    friend bool operator==(const EnumValue&, const EnumValue&) = default;
};

/// A structure, or a union whose members overlap. Members in declaration order.
struct StructValue {
    std::vector<FieldValue> fields;
    friend bool operator==(const StructValue&, const StructValue&) = default;
};

struct Value;

struct ArrayValue {
    std::vector<Value> items;
    friend bool operator==(const ArrayValue&, const ArrayValue&) = default;
};

/// Bytes no simpler reading is known for (floating point, types of unknown size), as lower-case hex.
struct BytesValue {
    std::string hex;
    friend bool operator==(const BytesValue&, const BytesValue&) = default;
};

struct Value {
    std::variant<uint64_t, int64_t, bool, std::string, PointerValue, EnumValue, StructValue, ArrayValue,
                 BytesValue>
        data;
    friend bool operator==(const Value&, const Value&) = default;
};

/// One member: its C type as one would declare it ("struct vm_area_struct *"), where it stands, what it
/// holds.
struct FieldValue {
    std::string name;  // empty for an anonymous struct or union
    std::string type;
    uint32_t offset = 0;      // bytes from the start of the structure that declares it
    uint32_t bit_offset = 0;  // bits from `offset`, if bit_size is not 0
    uint32_t bit_size = 0;    // 0: not a bit field
    Value value;
    friend bool operator==(const FieldValue&, const FieldValue&) = default;
};

/// Reads `bytes` as `type`. Never fails: bytes that are missing make a BytesValue of those that are there;
/// nesting is cut at 16 levels and arrays at 4,096 items, which no structure of a kernel reaches by itself.
/// Arrays of char up to their NUL become text. `symbols` names pointers.
Value decode_value(const Type& type, std::span<const std::byte> bytes, const SymbolTable& symbols);

/// Every member of a struct or union type, in declaration order.
std::vector<FieldValue> decode_fields(const Type& type, std::span<const std::byte> bytes,
                                      const SymbolTable& symbols);

/// One line: "0xc0123400 <init_mm>", "12", "{ counter = 2 }", "\"init\"". Numbers as the C type suggests.
std::string to_text(const Value& value);

}  // namespace mmscope
