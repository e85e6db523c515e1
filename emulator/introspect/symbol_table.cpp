// SPDX-License-Identifier: GPL-2.0-or-later
// Reads .symtab (ELF specification 1.2, "Symbol Table") and demangles what a C++ compiler named.
#include "introspect/symbol_table.h"

#include <cxxabi.h>
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace mmscope {

namespace {

constexpr uint32_t kLabelReach = 64 * 1024;  // how far an assembly label without size is taken to extend

template <class T>
std::optional<T> read_at(std::span<const std::byte> elf, uint64_t offset) {
    if (offset > elf.size() || elf.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, elf.data() + offset, sizeof(T));
    return value;
}

/// A mangled name refers to its own parts, and each of those to others: a short one can stand for gigabytes.
bool is_harmless(std::string_view raw) {
    constexpr size_t kLongest = 1024;
    constexpr ptrdiff_t kMostReferences = 32;  // 'S' and 'T' begin one
    const auto begins_reference = [](char c) { return c == 'S' || c == 'T'; };
    return raw.size() <= kLongest && std::ranges::count_if(raw, begins_reference) <= kMostReferences;
}

/// "foo(int, bar*)" to "foo"; names of C and of assembly stay as they are.
std::string readable_name(const char* raw) {
    if (std::strncmp(raw, "_Z", 2) != 0 || !is_harmless(raw)) return raw;
    int status = 0;
    char* text = abi::__cxa_demangle(raw, nullptr, nullptr, &status);
    if (!text) return raw;
    std::string name(text);
    std::free(text);
    // A function's parameter list is the last balanced pair of parentheses, with nothing but "const" and
    // "[clone ...]" behind it; "operator()" keeps its own, and so does "(anonymous namespace)::".
    const size_t end = name.rfind(')');
    if (end == std::string::npos || (end + 1 < name.size() && name[end + 1] != ' ')) return name;
    int depth = 0;
    for (size_t i = end + 1; i-- > 0;) {
        if (name[i] == ')') ++depth;
        if (name[i] == '(' && --depth == 0) return name.substr(0, i);
    }
    return name;
}

std::optional<Elf32_Shdr> find_symtab(std::span<const std::byte> elf, const Elf32_Ehdr& header) {
    for (uint32_t i = 0; i < header.e_shnum; ++i) {
        const auto section = read_at<Elf32_Shdr>(elf, header.e_shoff + uint64_t{i} * sizeof(Elf32_Shdr));
        if (section && section->sh_type == SHT_SYMTAB) return section;
    }
    return std::nullopt;
}

bool is_wanted(const Elf32_Sym& symbol) {
    const unsigned type = ELF32_ST_TYPE(symbol.st_info);
    return symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && symbol.st_name != 0 &&
           (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

}  // namespace

SymbolTable::SymbolTable(std::vector<Symbol> symbols) : symbols_(std::move(symbols)) {
    std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
        if (a.address != b.address) return a.address < b.address;
        if ((a.size != 0) != (b.size != 0)) return b.size != 0;  // of one address the sized one comes last
        return a.name > b.name;
    });
    for (size_t i = 0; i < symbols_.size(); ++i)
        by_name_.try_emplace(symbols_[i].name, i);
}

Result<SymbolTable> SymbolTable::read(std::span<const std::byte> elf, std::string_view file_name) {
    const auto header = read_at<Elf32_Ehdr>(elf, 0);
    const auto table = header ? find_symtab(elf, *header) : std::nullopt;
    if (!table) {
        return fail(fmt::format("{}: has no symbol table (stripped?); the decoder needs one", file_name));
    }
    const auto strings =
        read_at<Elf32_Shdr>(elf, header->e_shoff + uint64_t{table->sh_link} * sizeof(Elf32_Shdr));
    if (!strings || uint64_t{strings->sh_offset} + strings->sh_size > elf.size()) {
        return fail(fmt::format("{}: the symbol table's names are missing", file_name));
    }
    const auto* names = reinterpret_cast<const char*>(elf.data() + strings->sh_offset);
    std::vector<Symbol> symbols;
    for (uint32_t i = 0; i < table->sh_size / sizeof(Elf32_Sym); ++i) {
        const auto symbol = read_at<Elf32_Sym>(elf, table->sh_offset + uint64_t{i} * sizeof(Elf32_Sym));
        if (!symbol || !is_wanted(*symbol) || symbol->st_name >= strings->sh_size) continue;
        const size_t limit = strings->sh_size - symbol->st_name;
        if (strnlen(names + symbol->st_name, limit) == limit) continue;
        symbols.push_back({readable_name(names + symbol->st_name), LinearAddr(symbol->st_value),
                           symbol->st_size, ELF32_ST_TYPE(symbol->st_info) == STT_FUNC});
    }
    if (symbols.empty()) return fail(fmt::format("{}: the symbol table is empty", file_name));
    return SymbolTable(std::move(symbols));
}

const Symbol* SymbolTable::find(std::string_view name) const {
    const auto it = by_name_.find(std::string(name));
    return it == by_name_.end() ? nullptr : &symbols_[it->second];
}

const Symbol* SymbolTable::find(LinearAddr address) const {
    auto it = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                               [](LinearAddr a, const Symbol& symbol) { return a < symbol.address; });
    if (it == symbols_.begin()) return nullptr;
    const Symbol& symbol = *--it;
    const uint32_t reach = symbol.size ? symbol.size : kLabelReach;
    return address - symbol.address < reach ? &symbol : nullptr;
}

std::string SymbolTable::describe(LinearAddr address) const {
    const Symbol* symbol = find(address);
    if (!symbol) return {};
    const uint32_t offset = address - symbol->address;
    return offset ? fmt::format("{}+0x{:x}", symbol->name, offset) : symbol->name;
}

}  // namespace mmscope
