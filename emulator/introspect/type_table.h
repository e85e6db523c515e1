// SPDX-License-Identifier: GPL-2.0-or-later
// The types of an ELF file by name, read from its DWARF (versions 2 to 5) through libdw when first asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "introspect/function.h"
#include "introspect/type.h"

namespace mmscope {

class TypeTable {
  public:
    /// Indexes the names in all compilation units; converts nothing yet. `elf` must outlive the table.
    /// Error: no debug information, or libdw cannot read it (its own words).
    static Result<std::unique_ptr<TypeTable>> open(std::span<const std::byte> elf,
                                                   std::string_view file_name);
    ~TypeTable();
    TypeTable(const TypeTable&) = delete;
    TypeTable& operator=(const TypeTable&) = delete;

    /// A struct, union, class or enum by its tag, of which a complete definition exists. Null: none.
    [[nodiscard]] const Type* find_tag(std::string_view tag) const;
    /// A typedef or base type by its name. Null: none.
    [[nodiscard]] const Type* find_name(std::string_view name) const;
    /// The type of a global variable. Null: none.
    [[nodiscard]] const Type* find_variable_type(std::string_view variable) const;
    /// A function that has code of its own; of several with one name the first. None: there is none, or it
    /// exists only inside others.
    [[nodiscard]] std::optional<FunctionModel> find_function(std::string_view function) const;

    /// All tags, typedefs and base types, sorted: what find_tag and find_name know.
    [[nodiscard]] std::vector<std::string> all_names() const;

    /// As find_tag, but it must exist. Error: names tag and file.
    [[nodiscard]] Result<const Type*> get_tag(std::string_view tag) const;

  private:
    class Reader;
    TypeTable(std::unique_ptr<Reader> reader, std::string file_name);
    std::unique_ptr<Reader> reader_;
    std::string file_name_;
};

}  // namespace mmscope
