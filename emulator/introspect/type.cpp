// SPDX-License-Identifier: GPL-2.0-or-later
// Finding members by name, through anonymous structures and dotted paths.
#include "introspect/type.h"

namespace mmscope {

namespace {

constexpr int kMaxTypeNesting = 16;
constexpr int kMaxLookedAt = 1 << 16;  // looked at: unnamed structures that hold each other have no end
constexpr int kMaxAliases = 64;        // debug information that goes in circles must not hang us

std::optional<MemberPlace> find_one(const Type& outer, std::string_view name, int depth, int& left) {
    if (depth > kMaxTypeNesting) return std::nullopt;
    for (const Member& member : outer.resolved().members) {
        if (member.name == name)
            return MemberPlace{member.type, member.offset, member.bit_offset, member.bit_size};
    }
    for (const Member& member : outer.resolved().members) {
        if (--left < 0) return std::nullopt;
        const TypeKind kind = member.type->resolved().kind;
        if (!member.name.empty() || (kind != TypeKind::Struct && kind != TypeKind::Union)) continue;
        if (auto inner = find_one(*member.type, name, depth + 1, left)) {
            inner->offset += member.offset;
            return inner;
        }
    }
    return std::nullopt;
}

bool is_scalar(const Type& type) {
    switch (type.kind) {
        case TypeKind::Integer:
        case TypeKind::Boolean:
        case TypeKind::Character:
        case TypeKind::Enum:
        case TypeKind::Pointer:
            return type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8;
        default:
            return false;
    }
}

}  // namespace

const Type& Type::resolved() const {
    const Type* type = this;
    for (int steps = 0; type->kind == TypeKind::Alias && type->target && steps < kMaxAliases; ++steps) {
        type = type->target;
    }
    return *type;
}

std::optional<MemberPlace> find_member(const Type& type, std::string_view path) {
    MemberPlace place{&type, 0, 0, 0};
    int left = kMaxLookedAt;
    while (!path.empty()) {
        const size_t dot = path.find('.');
        const auto step = find_one(*place.type, path.substr(0, dot), 0, left);
        if (!step) return std::nullopt;
        place = {step->type, place.offset + step->offset, step->bit_offset, step->bit_size};
        path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    }
    return place;
}

std::optional<MemberPlace> find_scalar(const MemberPlace& place) {
    MemberPlace inner = place;
    for (int depth = 0; depth <= kMaxTypeNesting; ++depth) {
        const Type& type = inner.type->resolved();
        if (is_scalar(type)) return inner;
        if (type.kind == TypeKind::Array && type.count == 1) {
            inner.type = type.target;
        } else if (type.kind == TypeKind::Struct && type.members.size() == 1) {
            const Member& only = type.members.front();
            inner = {only.type, inner.offset + only.offset, only.bit_offset, only.bit_size};
        } else {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace mmscope
