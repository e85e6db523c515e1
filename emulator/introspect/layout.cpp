// SPDX-License-Identifier: GPL-2.0-or-later
// Resolving members to offsets once, and cutting values out of a structure's bytes.
#include "introspect/layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace mmscope {

namespace {

constexpr uint32_t kLargestRead = 1u << 20;  // of one structure; no kernel has a larger one

}  // namespace

uint64_t read_scalar(std::span<const std::byte> bytes, uint32_t bit_offset, uint32_t bit_size,
                     bool is_signed) {
    uint64_t value = 0;
    const size_t count = std::min<size_t>(bytes.size(), 8);
    for (size_t i = 0; i < count; ++i)
        value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
    const uint32_t bits = bit_size ? bit_size : static_cast<uint32_t>(8 * count);
    value >>= bit_size ? bit_offset : 0;
    if (bits == 0 || bits >= 64) return value;
    value &= (uint64_t{1} << bits) - 1;
    if (is_signed && (value >> (bits - 1)) != 0) value |= ~uint64_t{0} << bits;
    return value;
}

uint64_t Record::get(const Field& field) const {
    if (!field) return 0;
    const size_t from = field.offset - first_;
    if (field.offset < first_ || from + field.size > bytes_.size()) return 0;
    return read_scalar(std::span(bytes_).subspan(from, field.size), field.bit_offset, field.bit_size,
                       field.is_signed);
}

std::string Record::text(uint32_t offset, uint32_t length) const {
    std::string out;
    for (uint32_t i = 0; i < length; ++i) {
        const size_t at = size_t{offset} + i - first_;
        if (offset < first_ || at >= bytes_.size() || bytes_[at] == std::byte{0}) break;
        const auto c = static_cast<unsigned char>(bytes_[at]);
        out.push_back(c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '?');
    }
    return out;
}

StructLayout::StructLayout() {
    static const Type kNothing;
    type_ = &kNothing;
}

Result<MemberPlace> StructLayout::require_place(std::string_view path) {
    const auto place = find_member(*type_, path);
    if (!place) return fail(fmt::format("{} has no member {}", type_->name, path));
    const uint32_t size = place->type->resolved().size;
    if (uint64_t{place->offset} + size > kLargestRead)
        return fail(fmt::format("{}.{} ends behind its first MiB", type_->name, path));
    cover(place->offset, size);
    return *place;
}

Result<Field> StructLayout::require(std::string_view path) {
    const auto place = find_member(*type_, path);
    if (!place) return fail(fmt::format("{} has no member {}", type_->name, path));
    const auto scalar = find_scalar(*place);
    if (!scalar) return fail(fmt::format("{}.{} is {}, not a number", type_->name, path, place->type->name));
    const Type& type = scalar->type->resolved();
    Field field{scalar->offset, type.size, scalar->bit_offset, scalar->bit_size, type.is_signed};
    if (scalar->bit_size) field.size = (scalar->bit_offset + scalar->bit_size + 7) / 8;
    if (uint64_t{field.offset} + field.size > kLargestRead)
        return fail(fmt::format("{}.{} lies behind its first MiB", type_->name, path));
    cover(field.offset, field.size);
    return field;
}

Field StructLayout::find(std::string_view path) {
    return require(path).value_or(Field{});
}

void StructLayout::cover_all() {
    cover(0, std::min(type_->size, kLargestRead));
}

void StructLayout::cover(uint32_t offset, uint32_t size) {
    first_ = std::min(first_, offset);
    end_ = std::max(end_, offset + size);
}

std::optional<LinearAddr> StructLayout::read(const GuestMemory& memory, LinearAddr at, Record& into) const {
    into.at_ = at;
    into.first_ = first_ < end_ ? first_ : 0;
    into.bytes_.resize(end_ - into.first_);
    return memory.read(at + into.first_, into.bytes_);
}

}  // namespace mmscope
