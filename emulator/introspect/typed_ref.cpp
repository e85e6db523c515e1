// SPDX-License-Identifier: GPL-2.0-or-later
// Steps from object to object, each of which remembers the way.
#include "introspect/typed_ref.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "introspect/layout.h"

namespace mmscope {

namespace {

constexpr uint32_t kLargestObject = 1u << 20;

/// Takes the next step off a path: a member's name, or an index in brackets.
std::string_view take_step(std::string_view& steps) {
    if (steps.starts_with('.')) steps.remove_prefix(1);
    const size_t length = steps.starts_with('[') ? std::min(steps.find(']'), steps.size() - 1) + 1
                                                 : std::min(steps.find_first_of(".["), steps.size());
    const std::string_view step = steps.substr(0, length);
    steps.remove_prefix(length);
    return step;
}

/// "[12]" as 12; none if it is no index.
std::optional<uint32_t> index_of(std::string_view step) {
    uint32_t index = 0;
    const char* const end = step.data() + step.size() - 1;
    const auto [stop, error] = std::from_chars(step.data() + 1, end, index);
    if (error != std::errc() || stop != end || *end != ']') return std::nullopt;
    return index;
}

/// "struct mm_struct" as paths write it: "mm_struct".
std::string short_name(const Type& type) {
    const size_t space = type.name.find(' ');
    const bool tagged = type.name.starts_with("struct ") || type.name.starts_with("union ");
    return tagged ? type.name.substr(space + 1) : type.name;
}

}  // namespace

TypedRef::TypedRef(const Type& type, LinearAddr at, const GuestMemory& memory, WalkPath path)
    : type_(&type), at_(at), memory_(&memory), path_(std::move(path)), name_(short_name(type)) {}

Result<TypedRef> TypedRef::variable(const KernelImage& image, std::string_view name,
                                    const GuestMemory& memory) {
    const auto variable = image.get_variable(name);
    if (!variable) return std::unexpected(variable.error());
    TypedRef ref(*variable->type, variable->address, memory, WalkPath(name));
    ref.name_ = name;
    return ref;
}

Error TypedRef::damage(std::string_view what) const {
    return decode_error(name_, at_, what, path_);
}

Result<TypedRef> TypedRef::member(std::string_view name) const {
    const auto place = find_member(*type_, name);
    if (!place) return std::unexpected(damage(fmt::format("{} has no member {}", type_->name, name)));
    TypedRef ref(*place->type, at_ + place->offset, *memory_, path_.then(name));
    ref.name_ = fmt::format("{}.{}", short_name(type_->resolved()), name);
    ref.bit_offset_ = place->bit_offset;
    ref.bit_size_ = place->bit_size;
    return ref;
}

Result<TypedRef> TypedRef::follow(std::string_view steps) const {
    TypedRef at = *this;
    while (!steps.empty()) {
        const std::string_view step = take_step(steps);
        // An empty name would find a member without one, as an unnamed union is.
        if (step.empty()) return std::unexpected(at.damage("a step has no name"));
        Result<TypedRef> next = at;
        if (step.starts_with('[')) {
            const auto index = index_of(step);
            if (!index) return std::unexpected(at.damage(fmt::format("'{}' is no index", step)));
            next = at.item(*index);
        } else {
            if (at.type_->resolved().kind == TypeKind::Pointer) next = at.deref();
            if (next) next = next->member(step);
        }
        if (!next) return next;
        at = *next;
    }
    return at;
}

Result<TypedRef> TypedRef::deref() const {
    const Type& pointer = type_->resolved();
    if (pointer.kind != TypeKind::Pointer) return std::unexpected(damage(type_->name + " is no pointer"));
    const auto target = u32();
    if (!target) return std::unexpected(target.error());
    if (*target == 0) return std::unexpected(damage("null pointer"));
    return TypedRef(*pointer.target, LinearAddr(*target), *memory_, path_);
}

Result<TypedRef> TypedRef::item(uint32_t index) const {
    const Type& type = type_->resolved();
    if (type.kind == TypeKind::Pointer) {
        auto first = deref();
        if (first) first->at_ = first->at_ + index * first->type_->resolved().size;
        return first;
    }
    if (type.kind != TypeKind::Array) return std::unexpected(damage(type_->name + " is no array"));
    if (index >= type.count) return std::unexpected(damage(fmt::format("has no item {}", index)));
    const std::string step = fmt::format("[{}]", index);
    TypedRef ref(*type.target, at_ + index * type.target->resolved().size, *memory_, path_.then(step));
    ref.name_ = name_ + step;
    return ref;
}

Result<TypedRef> TypedRef::container(const Type& outer, std::string_view member) const {
    const auto place = find_member(outer, member);
    if (!place) return std::unexpected(damage(fmt::format("{} has no member {}", outer.name, member)));
    return TypedRef(outer, at_ - place->offset, *memory_, path_);
}

Result<uint64_t> TypedRef::u64() const {
    const auto scalar = find_scalar({type_, 0, bit_offset_, bit_size_});
    if (!scalar) return std::unexpected(damage(type_->name + " is not a number"));
    const Type& type = scalar->type->resolved();
    const uint32_t size =
        scalar->bit_size ? (scalar->bit_offset + scalar->bit_size + 7) / 8 : std::min<uint32_t>(type.size, 8);
    std::array<std::byte, 16> bytes;
    const std::span<std::byte> part(bytes.data(), std::min<uint32_t>(size, 8));
    if (memory_->read(at_ + scalar->offset, part)) return std::unexpected(damage("not mapped"));
    return read_scalar(part, scalar->bit_offset, scalar->bit_size, type.is_signed);
}

Result<uint32_t> TypedRef::u32() const {
    const auto wide = u64();
    if (!wide) return std::unexpected(wide.error());
    return static_cast<uint32_t>(*wide);
}

Result<std::string> TypedRef::text() const {
    const Type& type = type_->resolved();
    const bool characters = type.kind == TypeKind::Array && type.target->resolved().size == 1;
    if (!characters) return std::unexpected(damage(type_->name + " is no array of char"));
    std::string bytes(std::min(type.size, kLargestObject), '\0');
    if (memory_->read(at_, std::as_writable_bytes(std::span(bytes))))
        return std::unexpected(damage("not mapped"));
    bytes.resize(std::min(bytes.size(), bytes.find('\0')));
    return bytes;
}

Result<Value> TypedRef::value(const SymbolTable& symbols) const {
    const uint32_t size = type_->resolved().size;
    if (size > kLargestObject) return std::unexpected(damage("larger than 1 MiB"));
    if (bit_size_) {
        const auto number = u64();
        if (!number) return std::unexpected(number.error());
        return type_->resolved().is_signed ? Value{static_cast<int64_t>(*number)} : Value{*number};
    }
    std::vector<std::byte> bytes(size);
    if (memory_->read(at_, bytes)) return std::unexpected(damage("not mapped"));
    return decode_value(*type_, bytes, symbols);
}

}  // namespace mmscope
