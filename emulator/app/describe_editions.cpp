// SPDX-License-Identifier: GPL-2.0-or-later
// The members of all kernels in one order, and who has which at what place.
#include "app/describe_editions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "app/options.h"

namespace mmscope {

namespace {

constexpr std::array<std::string_view, 5> kStructures = {"mm_struct", "vm_area_struct", "mm_context_t",
                                                         "rb_node", "vm_operations_struct"};

const Type* find_structure(const Kernel& kernel, std::string_view name) {
    const TypeTable& types = kernel.image().types();
    const Type* type = types.find_tag(name);
    if (type == nullptr) type = types.find_name(name);
    return type != nullptr ? &type->resolved() : nullptr;
}

/// Each name once: a kernel's own members stand behind what is before them there.
std::vector<std::string> names_in_order(std::span<const Type* const> types) {
    std::vector<std::string> names;
    for (const Type* type : types) {
        size_t behind = 0;
        for (const Member& member : type->members) {
            const auto known = std::ranges::find(names, member.name);
            if (known == names.end())
                names.insert(names.begin() + static_cast<std::ptrdiff_t>(behind++), member.name);
            else
                behind = static_cast<size_t>(known - names.begin()) + 1;
        }
    }
    return names;
}

std::string type_of(const Member& member) {
    std::string name = member.type->name;
    if (name.find('{') != std::string::npos) name = "union";  // unnamed
    return member.bit_size != 0 ? fmt::format("{} : {}", name, member.bit_size) : name;
}

/// The member's number, and its type unless it is `shown`, that of the kernel to the left.
std::string cell(const Type& type, const std::string& name, std::string& shown) {
    const auto found = std::ranges::find(type.members, name, &Member::name);
    if (found == type.members.end()) {
        shown.clear();
        return "";
    }
    const std::string now = type_of(*found);
    const auto place = found - type.members.begin() + 1;
    std::string text = now == shown ? fmt::format("{}", place) : fmt::format("{} `{}`", place, now);
    shown = now;
    return text;
}

std::string row(std::string_view head, std::span<const std::string> cells) {
    return fmt::format("| {} | {} |\n", head, fmt::join(cells, " | "));
}

/// Kernels that lack the structure have no column.
std::string table(std::span<const Kernel> kernels, std::string_view structure) {
    std::vector<const Type*> types;
    std::vector<std::string> versions, rules, sizes;
    for (const Kernel& kernel : kernels) {
        const Type* type = find_structure(kernel, structure);
        if (type == nullptr) continue;
        types.push_back(type);
        versions.push_back(kernel.edition());
        rules.emplace_back("---");
        sizes.push_back(fmt::format("{} members, {} bytes", type->members.size(), type->size));
    }
    if (types.empty()) return "";
    std::string text = fmt::format("### {}\n\n", structure) + row("member", versions) + row("---", rules);
    for (const std::string& name : names_in_order(types)) {
        std::vector<std::string> cells;
        std::string shown;
        for (const Type* type : types)
            cells.push_back(cell(*type, name, shown));
        text += row(fmt::format("`{}`", name), cells);
    }
    return text + row("all", sizes);
}

}  // namespace

std::string editions_markdown(std::span<const Kernel> kernels) {
    std::string text;
    for (const std::string_view structure : kStructures) {
        const std::string rows = table(kernels, structure);
        if (!rows.empty()) text += (text.empty() ? "" : "\n") + rows;
    }
    return text;
}

int describe_editions(int count, const char* const* arguments) {
    const auto refuse = [](std::string_view what) {
        fmt::print(stderr, "emu: {}\n", what);
        return +kExitUsage;
    };
    if (count == 0) return refuse("usage: emu describe-editions KERNEL.elf...");
    std::vector<Kernel> kernels;
    for (const char* file : std::span(arguments, static_cast<size_t>(count))) {
        auto image = KernelImage::open(file);
        if (!image) return refuse(image.error().message);
        auto kernel = Kernel::open(std::move(*image));
        if (!kernel) return refuse(kernel.error().message);
        kernels.push_back(std::move(*kernel));
    }
    std::fputs(editions_markdown(kernels).c_str(), stdout);
    return kExitClean;
}

}  // namespace mmscope
