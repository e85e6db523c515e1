// SPDX-License-Identifier: GPL-2.0-or-later
// The checks of check_kernel_elf, from the first byte on.
#include "introspect/elf_check.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstring>

namespace mmscope {

namespace {

template <class T>
T read_unchecked(std::span<const std::byte> elf, uint64_t offset) {
    T value;
    std::memcpy(&value, elf.data() + offset, sizeof(T));
    return value;
}

Result<void> check_identity(std::span<const std::byte> elf, std::string_view name) {
    if (elf.size() < SELFMAG || std::memcmp(elf.data(), ELFMAG, SELFMAG) != 0) {
        return fail(fmt::format("{}: not an ELF file (no magic number at its start)", name));
    }
    if (elf.size() < sizeof(Elf32_Ehdr)) {
        return fail(fmt::format("{}: truncated: {} bytes do not hold an ELF header", name, elf.size()));
    }
    const auto header = read_unchecked<Elf32_Ehdr>(elf, 0);
    if (header.e_ident[EI_CLASS] != ELFCLASS32 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != EM_386) {
        return fail(
            fmt::format("{}: for another machine (ELF class {}, machine {}); expected 32-bit Intel 80386 "
                        "(class 1, machine 3)",
                        name, header.e_ident[EI_CLASS], header.e_machine));
    }
    if (header.e_type != ET_EXEC) {
        return fail(fmt::format("{}: ELF type {} is not a linked executable (2)", name, header.e_type));
    }
    return {};
}

Result<void> check_extent(std::string_view name, std::string_view what, uint64_t offset, uint64_t length,
                          size_t file_size) {
    if (offset + length <= file_size) return {};
    return fail(fmt::format("{}: truncated: {} ends at byte {}, the file has {}", name, what, offset + length,
                            file_size));
}

Result<void> check_sections(std::span<const std::byte> elf, std::string_view name, const Elf32_Ehdr& header) {
    if (header.e_shnum == 0 || header.e_shentsize != sizeof(Elf32_Shdr)) {
        return fail(
            fmt::format("{}: has no section headers; the decoder needs symbols and debug information", name));
    }
    const uint64_t table_size = uint64_t{header.e_shnum} * sizeof(Elf32_Shdr);
    if (auto ok = check_extent(name, "the section header table", header.e_shoff, table_size, elf.size());
        !ok) {
        return ok;
    }
    for (uint32_t i = 0; i < header.e_shnum; ++i) {
        const auto section =
            read_unchecked<Elf32_Shdr>(elf, header.e_shoff + uint64_t{i} * sizeof(Elf32_Shdr));
        if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL) continue;
        const auto ok =
            check_extent(name, fmt::format("section {}", i), section.sh_offset, section.sh_size, elf.size());
        if (!ok) return ok;
    }
    return {};
}

}  // namespace

Result<void> check_kernel_elf(std::span<const std::byte> elf, std::string_view name) {
    if (auto ok = check_identity(elf, name); !ok) return ok;
    const auto header = read_unchecked<Elf32_Ehdr>(elf, 0);
    const uint64_t segments = uint64_t{header.e_phnum} * sizeof(Elf32_Phdr);
    if (auto ok = check_extent(name, "the program header table", header.e_phoff, segments, elf.size()); !ok) {
        return ok;
    }
    return check_sections(elf, name, header);
}

}  // namespace mmscope
