// SPDX-License-Identifier: GPL-2.0-or-later
// Names of functions and global variables: name to address, address to name and offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/error.h"

namespace mmscope {

struct Symbol {
    std::string name;  // C++ functions without their parameter list: "arch_get_unmapped_area"
    LinearAddr address;
    uint32_t size = 0;  // 0: unknown, as assembly labels have it
    bool is_function = false;
};

class SymbolTable {
  public:
    /// From the .symtab of an ELF file that KernelImage has checked. Error: there is none (stripped).
    static Result<SymbolTable> read(std::span<const std::byte> elf, std::string_view file_name);
    /// From values, for tests and builders.
    explicit SymbolTable(std::vector<Symbol> symbols = {});

    [[nodiscard]] const Symbol* find(std::string_view name) const;
    /// The symbol that covers the address; for symbols without size the nearest below within 64 KiB.
    [[nodiscard]] const Symbol* find(LinearAddr address) const;
    /// "name", "name+0x1c", or nothing.
    [[nodiscard]] std::string describe(LinearAddr address) const;
    [[nodiscard]] size_t size() const { return symbols_.size(); }
    /// By address.
    [[nodiscard]] std::span<const Symbol> all() const { return symbols_; }

  private:
    std::vector<Symbol> symbols_;  // by address; of two at one address the one with a size, then by name
    std::unordered_map<std::string, size_t> by_name_;  // looked up only, never walked
};

}  // namespace mmscope
