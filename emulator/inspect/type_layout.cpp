// SPDX-License-Identifier: GPL-2.0-or-later
// type: the layout of a structure as the debug information has it, with what lies between its members.
#include <fmt/format.h>

#include <algorithm>

#include "inspect/command_call.h"
#include "inspect/inspect_json.h"

namespace mmscope {

namespace {

constexpr int kMostNesting = 8, kMostMembers = 1 << 14;

Result<const Type*> get_type(const TypeTable& types, std::string_view name) {
    for (const std::string_view prefix : {"struct ", "union ", "enum "}) {
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    const Type* type = types.find_tag(name);
    if (type == nullptr) type = types.find_name(name);
    if (type != nullptr) return &type->resolved();
    const std::vector<std::string> names = types.all_names();
    const std::string near = nearest_name(name, std::vector<std::string_view>(names.begin(), names.end()));
    return fail(fmt::format("the kernel knows no type '{}'{}", name,
                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

bool is_compound(const Type& type) {
    return type.kind == TypeKind::Struct || type.kind == TypeKind::Union;
}

std::string member_text(const Member& member, uint32_t base, int depth) {
    const Type& type = member.type->resolved();
    const std::string indent(static_cast<size_t>(2 * depth), ' ');
    std::string place = fmt::format("+{}", base + member.offset);
    if (member.bit_size != 0) place += fmt::format(":{}", member.bit_offset);
    const std::string size =
        member.bit_size != 0 ? fmt::format("{} bits", member.bit_size) : fmt::format("{}", type.size);
    return fmt::format("  {:<8} {:>6}  {}{}{}\n", place, size, indent, member.type->name,
                       member.name.empty() ? "" : " " + member.name);
}

/// `left` is how many members may still be shown: damaged types lie inside each other.
void add_layout(std::string& out, const Type& type, uint32_t base, int depth, int& left) {
    uint32_t end = 0;
    for (const Member& member : type.members) {
        if (--left < 0) return;
        if (type.kind == TypeKind::Struct && member.bit_size == 0 && member.offset > end)
            out +=
                fmt::format("  {:<8} {:>6}  (unused)\n", fmt::format("+{}", base + end), member.offset - end);
        out += member_text(member, base, depth);
        const Type& inner = member.type->resolved();
        const bool unnamed = member.name.empty() || inner.name.find('{') != std::string::npos;
        if (unnamed && is_compound(inner) && depth < kMostNesting)
            add_layout(out, inner, base + member.offset, depth + 1, left);
        end = std::max(
            end, member.offset +
                     (member.bit_size != 0 ? (member.bit_offset + member.bit_size + 7) / 8 : inner.size));
    }
    if (type.kind == TypeKind::Struct && depth == 0 && end < type.size)
        out += fmt::format("  {:<8} {:>6}  (unused)\n", fmt::format("+{}", base + end), type.size - end);
}

std::string layout_text(const Type& type) {
    std::string out = fmt::format("{}, {} bytes\n", type.name, type.size);
    for (const Enumerator& e : type.enumerators)
        out += fmt::format("  {} = {}\n", e.name, e.value);
    int left = kMostMembers;
    if (is_compound(type)) add_layout(out, type, 0, 0, left);
    if (type.kind == TypeKind::Pointer || type.kind == TypeKind::Array)
        out += fmt::format("  of {}\n", type.target->name);
    return out;
}

InspectJson members_json(const Type& type, int depth, int& left) {
    InspectJson members = InspectJson::array();
    for (const Member& member : type.members) {
        if (--left < 0) break;
        const Type& inner = member.type->resolved();
        InspectJson item{{"name", member.name},
                         {"type", member.type->name},
                         {"offset", member.offset},
                         {"size", inner.size}};
        if (member.bit_size != 0) {
            item["bit_offset"] = member.bit_offset;
            item["bit_size"] = member.bit_size;
        }
        if (member.name.empty() && is_compound(inner) && depth < kMostNesting)
            item["members"] = members_json(inner, depth + 1, left);
        members.push_back(std::move(item));
    }
    return members;
}

}  // namespace

Result<std::string> run_type(const CommandCall& call) {
    const auto type = get_type(call.inspector().kernel().image().types(),
                               fmt::format("{}", fmt::join(call.arguments, " ")));
    if (!type) return std::unexpected(type.error());
    if (!call.json) return layout_text(**type);
    InspectJson json{{"schema", "mmscope.inspect"}, {"version", 1}, {"command", "type"}};
    json["name"] = (*type)->name;
    json["size"] = (*type)->size;
    int left = kMostMembers;
    if (is_compound(**type)) json["members"] = members_json(**type, 0, left);
    for (const Enumerator& e : (*type)->enumerators)
        json["enumerators"].push_back({{"name", e.name}, {"value", e.value}});
    return json_line(json);
}

}  // namespace mmscope
