// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's ELF file: checked before anything is believed, then asked for types and symbols.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "introspect/symbol_table.h"
#include "introspect/type_table.h"

namespace mmscope {

/// A global variable: where it stands and what it is.
struct Variable {
    LinearAddr address;
    const Type* type = nullptr;
};

/// 16 hex digits that name the bytes of a file (FNV-1a, 64 bits).
std::string image_hash(std::span<const std::byte> elf);

class KernelImage {
  public:
    /// Error: unreadable, not ELF, not a 32-bit little-endian i386 executable, truncated (what is missing),
    /// without symbols, without debug information.
    static Result<std::unique_ptr<KernelImage>> open(const std::string& path);
    /// The same from bytes; `name` is what errors call them.
    static Result<std::unique_ptr<KernelImage>> from_bytes(std::span<const std::byte> elf,
                                                           std::string_view name);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const TypeTable& types() const { return *types_; }
    [[nodiscard]] const SymbolTable& symbols() const { return symbols_; }
    /// image_hash() of the whole file.
    [[nodiscard]] const std::string& hash() const { return hash_; }
    /// `size` bytes of what is loaded at `address`; fewer, or none, where the file holds no more.
    [[nodiscard]] std::span<const std::byte> code(LinearAddr address, uint32_t size) const;
    /// Error: no such symbol, or no type known for it.
    [[nodiscard]] Result<Variable> get_variable(std::string_view name) const;

  private:
    KernelImage() = default;
    std::string name_;
    std::vector<std::byte> bytes_;  // libelf and libdw read from here
    SymbolTable symbols_;
    std::unique_ptr<TypeTable> types_;
    std::string hash_;
};

}  // namespace mmscope
