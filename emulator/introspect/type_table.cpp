// SPDX-License-Identifier: GPL-2.0-or-later
// The index of names: which entry of the debug information defines which tag, typedef, variable and function.
#include "introspect/type_table.h"

#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "introspect/dwarf_functions.h"
#include "introspect/dwarf_reader.h"

namespace mmscope {

/// Looked up, and listed sorted: no hash order can be seen.
class TypeTable::Reader {
  public:
    Reader(DwarfHandle dwarf, size_t file_size)
        : reader_(std::move(dwarf), [this](std::string_view tag) { return tag_entry(tag); }),
          most_entries_(file_size) {}

    bool index();
    const Type* find(const std::unordered_map<std::string, Dwarf_Off>& names, std::string_view name);
    std::optional<FunctionModel> find_function(std::string_view name);

    std::unordered_map<std::string, Dwarf_Off> tags, names, variables, functions;

  private:
    void index_children(Dwarf_Die parent, const std::string& prefix, int depth);
    void index_entry(Dwarf_Die& entry, const std::string& prefix, int depth);
    std::optional<Dwarf_Off> tag_entry(std::string_view tag) const {
        const auto it = tags.find(std::string(tag));
        return it == tags.end() ? std::nullopt : std::optional(it->second);
    }

    DwarfReader reader_;
    std::optional<InlinedCopies> inlined_;  // counted when first asked for
    size_t most_entries_;                   // each takes a byte at least; damaged ones lie inside each other
    size_t indexed_ = 0;
};

bool TypeTable::Reader::index() {
    Dwarf_CU* unit = nullptr;
    Dwarf_Die root;
    bool any = false;
    while (dwarf_get_units(reader_.dwarf(), unit, &unit, nullptr, nullptr, &root, nullptr) == 0) {
        index_children(root, "", 0);
        any = true;
    }
    return any;
}

void TypeTable::Reader::index_children(Dwarf_Die parent, const std::string& prefix, int depth) {
    Dwarf_Die child;
    if (depth > 8 || dwarf_child(&parent, &child) != 0) return;
    do {
        index_entry(child, prefix, depth);
    } while (++indexed_ < most_entries_ && dwarf_siblingof(&child, &child) == 0);
}

void TypeTable::Reader::index_entry(Dwarf_Die& entry, const std::string& prefix, int depth) {
    const char* own = dwarf_diename(&entry);
    const std::string name = own ? prefix + own : prefix;
    const Dwarf_Off offset = dwarf_dieoffset(&entry);
    switch (dwarf_tag(&entry)) {
        case DW_TAG_namespace:
            index_children(entry, own ? name + "::" : prefix, depth + 1);
            return;
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_union_type:
        case DW_TAG_enumeration_type:
            if (own && !dwarf_hasattr(&entry, DW_AT_declaration)) tags.try_emplace(name, offset);
            return;
        case DW_TAG_typedef:
        case DW_TAG_base_type:
            if (own) names.try_emplace(name, offset);
            return;
        case DW_TAG_variable: {
            // A definition outside its class or after an extern declaration has its name in the declaration.
            Dwarf_Attribute type;
            if (own && dwarf_attr_integrate(&entry, DW_AT_type, &type)) variables.try_emplace(name, offset);
            return;
        }
        case DW_TAG_subprogram:
            if (own && dwarf_hasattr(&entry, DW_AT_low_pc)) functions.try_emplace(name, offset);
            return;
        default:
            return;
    }
}

std::optional<FunctionModel> TypeTable::Reader::find_function(std::string_view name) {
    const auto it = functions.find(std::string(name));
    if (it == functions.end()) return std::nullopt;
    if (!inlined_) inlined_ = count_inlined_copies(reader_.dwarf(), most_entries_);
    return read_function(reader_, it->second, *inlined_);
}

const Type* TypeTable::Reader::find(const std::unordered_map<std::string, Dwarf_Off>& where,
                                    std::string_view name) {
    const auto it = where.find(std::string(name));
    if (it == where.end()) return nullptr;
    return &where == &variables ? reader_.type_of(it->second) : reader_.type_at(it->second);
}

Result<std::unique_ptr<TypeTable>> TypeTable::open(std::span<const std::byte> elf,
                                                   std::string_view file_name) {
    auto dwarf = DwarfHandle::open(elf, file_name);
    if (!dwarf) return std::unexpected(dwarf.error());
    auto reader = std::make_unique<Reader>(std::move(*dwarf), elf.size());
    if (!reader->index()) {
        return fail(
            fmt::format("{}: has no debug information (build it with -g and do not strip it)", file_name));
    }
    return std::unique_ptr<TypeTable>(new TypeTable(std::move(reader), std::string(file_name)));
}

TypeTable::TypeTable(std::unique_ptr<Reader> reader, std::string file_name)
    : reader_(std::move(reader)), file_name_(std::move(file_name)) {}
TypeTable::~TypeTable() = default;

const Type* TypeTable::find_tag(std::string_view tag) const {
    return reader_->find(reader_->tags, tag);
}
const Type* TypeTable::find_name(std::string_view name) const {
    return reader_->find(reader_->names, name);
}
const Type* TypeTable::find_variable_type(std::string_view variable) const {
    return reader_->find(reader_->variables, variable);
}

std::vector<std::string> TypeTable::all_names() const {
    std::vector<std::string> names;
    for (const auto* table : {&reader_->tags, &reader_->names}) {
        for (const auto& entry : *table)
            names.push_back(entry.first);
    }
    std::ranges::sort(names);  // no hash order leaves this function
    const auto doubles = std::ranges::unique(names);
    names.erase(doubles.begin(), doubles.end());
    return names;
}

std::optional<FunctionModel> TypeTable::find_function(std::string_view function) const {
    return reader_->find_function(function);
}

Result<const Type*> TypeTable::get_tag(std::string_view tag) const {
    if (const Type* type = find_tag(tag)) return type;
    return fail(fmt::format("{}: the debug information defines no struct {}", file_name_, tag));
}

}  // namespace mmscope
