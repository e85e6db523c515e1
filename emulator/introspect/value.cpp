// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes to values by type, and values to one line of text.
#include "introspect/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "introspect/layout.h"
#include "introspect/symbol_table.h"
#include "introspect/type.h"

namespace mmscope {

namespace {

constexpr int kMaxNesting = 16;
constexpr uint32_t kMaxItems = 4096;
constexpr int kMaxValues = 1 << 18;  // of one object, all levels: damaged types lie inside each other

class Decoder {
  public:
    explicit Decoder(const SymbolTable& symbols) : symbols_(symbols) {}

    Value decode(const Type& type, std::span<const std::byte> bytes, int depth) const;
    FieldValue decode_member(const Member& member, std::span<const std::byte> bytes, int depth) const;
    std::vector<FieldValue> decode_members(const Type& type, std::span<const std::byte> bytes,
                                           int depth) const;

  private:
    Value decode_scalar(const Type& type, uint64_t raw) const;
    Value decode_array(const Type& type, std::span<const std::byte> bytes, int depth) const;

    const SymbolTable& symbols_;
    mutable int left_ = kMaxValues;
};

BytesValue hex(std::span<const std::byte> bytes) {
    BytesValue value;
    for (const std::byte b : bytes)
        value.hex += fmt::format("{:02x}", static_cast<unsigned>(b));
    return value;
}

bool is_number(const Type& type) {
    switch (type.kind) {
        case TypeKind::Integer:
        case TypeKind::Character:
        case TypeKind::Boolean:
        case TypeKind::Enum:
        case TypeKind::Pointer:
            return type.size >= 1 && type.size <= 8;
        default:
            return false;
    }
}

Value Decoder::decode_scalar(const Type& type, uint64_t raw) const {
    switch (type.kind) {
        case TypeKind::Boolean:
            return {raw != 0};
        case TypeKind::Pointer: {
            const auto address = static_cast<uint32_t>(raw);
            return {PointerValue{address, address ? symbols_.describe(LinearAddr(address)) : std::string()}};
        }
        case TypeKind::Enum: {
            EnumValue value{static_cast<int64_t>(raw), {}};
            for (const Enumerator& e : type.enumerators) {
                if (e.value == value.number) return value.name = e.name, Value{value};
            }
            return {value};
        }
        default:
            return type.is_signed ? Value{static_cast<int64_t>(raw)} : Value{raw};
    }
}

Value Decoder::decode_array(const Type& type, std::span<const std::byte> bytes, int depth) const {
    const Type& item = type.target->resolved();
    if (item.kind == TypeKind::Character && item.size == 1) {
        std::string text;
        for (const std::byte b : bytes) {
            const auto c = static_cast<unsigned char>(b);
            if (c == 0) break;
            text.push_back(c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '?');
        }
        return {text};
    }
    ArrayValue array;
    for (uint32_t i = 0; i < std::min(type.count, kMaxItems); ++i) {
        const size_t offset = size_t{i} * item.size;
        if (offset + item.size > bytes.size() || item.size == 0) break;
        array.items.push_back(decode(item, bytes.subspan(offset, item.size), depth + 1));
    }
    return {array};
}

Value Decoder::decode(const Type& declared, std::span<const std::byte> bytes, int depth) const {
    const Type& type = declared.resolved();
    if (--left_ < 0) return {BytesValue{}};
    if (depth > kMaxNesting || bytes.size() < type.size) return {hex(bytes)};
    bytes = bytes.first(type.size);
    if (is_number(type)) {
        return decode_scalar(type, read_scalar(bytes, 0, 0, type.is_signed));
    }
    switch (type.kind) {
        case TypeKind::Struct:
        case TypeKind::Union:
            return {StructValue{decode_members(type, bytes, depth + 1)}};
        case TypeKind::Array:
            return decode_array(type, bytes, depth);
        default:
            return {hex(bytes)};
    }
}

FieldValue Decoder::decode_member(const Member& member, std::span<const std::byte> bytes, int depth) const {
    FieldValue field{member.name, member.type->name, member.offset, member.bit_offset, member.bit_size, {}};
    const size_t from = std::min<size_t>(member.offset, bytes.size());
    const Type& type = member.type->resolved();
    if (member.bit_size == 0) {
        field.value =
            decode(type, bytes.subspan(from, std::min<size_t>(type.size, bytes.size() - from)), depth);
        return field;
    }
    const size_t width = (member.bit_offset + member.bit_size + 7) / 8;
    if (width > 8 || from + width > bytes.size()) {
        field.value = {hex(bytes.subspan(from))};
        return field;
    }
    const uint64_t raw =
        read_scalar(bytes.subspan(from, width), member.bit_offset, member.bit_size, type.is_signed);
    field.value = decode_scalar(type, raw);
    return field;
}

std::vector<FieldValue> Decoder::decode_members(const Type& type, std::span<const std::byte> bytes,
                                                int depth) const {
    std::vector<FieldValue> fields;
    fields.reserve(type.members.size());
    for (const Member& member : type.members) {
        if (left_ < 0) break;
        fields.push_back(decode_member(member, bytes, depth));
    }
    return fields;
}

std::string fields_text(const std::vector<FieldValue>& fields) {
    std::string out = "{";
    for (const FieldValue& field : fields) {
        out += out.size() > 1 ? ", " : " ";
        out += field.name.empty() ? to_text(field.value) : field.name + " = " + to_text(field.value);
    }
    return out + " }";
}

/// Runs of equal items are folded, as vectors of a kernel are mostly zero.
std::string items_text(const std::vector<Value>& items) {
    std::string out = "[";
    for (size_t i = 0; i < items.size();) {
        size_t run = 1;
        while (i + run < items.size() && items[i + run] == items[i])
            ++run;
        if (out.size() > 1) out += ", ";
        out += to_text(items[i]);
        if (run > 1) out += fmt::format(" x{}", run);
        i += run;
    }
    return out + "]";
}

}  // namespace

Value decode_value(const Type& type, std::span<const std::byte> bytes, const SymbolTable& symbols) {
    return Decoder(symbols).decode(type, bytes, 0);
}

std::vector<FieldValue> decode_fields(const Type& type, std::span<const std::byte> bytes,
                                      const SymbolTable& symbols) {
    return Decoder(symbols).decode_members(type.resolved(), bytes, 0);
}

std::string to_text(const Value& value) {
    return std::visit(
        [](const auto& v) -> std::string {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, uint64_t>) {
                return v < 0x10000 ? fmt::format("{}", v) : fmt::format("0x{:x}", v);
            } else if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, bool>) {
                return fmt::format("{}", v);
            } else if constexpr (std::is_same_v<T, std::string>) {
                return '"' + v + '"';
            } else if constexpr (std::is_same_v<T, PointerValue>) {
                if (v.address == 0) return "NULL";
                return v.symbol.empty() ? fmt::format("0x{:08x}", v.address)
                                        : fmt::format("0x{:08x} <{}>", v.address, v.symbol);
            } else if constexpr (std::is_same_v<T, EnumValue>) {
                return v.name.empty() ? fmt::format("{}", v.number)
                                      : fmt::format("{} ({})", v.name, v.number);
            } else if constexpr (std::is_same_v<T, StructValue>) {
                return fields_text(v.fields);
            } else if constexpr (std::is_same_v<T, ArrayValue>) {
                return items_text(v.items);
            } else {
                return "bytes " + v.hex;
            }
        },
        value.data);
}

}  // namespace mmscope
