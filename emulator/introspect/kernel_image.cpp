// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the file whole, checks it, then opens symbols and types on it.
#include "introspect/kernel_image.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include "introspect/elf_check.h"

namespace mmscope {

namespace {

constexpr size_t kLargestFile = size_t{1} << 30;

Result<std::vector<std::byte>> read_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    std::vector<std::byte> bytes;
    size_t got = 0;
    do {
        if (bytes.size() >= kLargestFile) return fail(fmt::format("{}: larger than 1 GiB", path));
        bytes.resize(got + (size_t{1} << 20));
        const size_t n = std::fread(bytes.data() + got, 1, bytes.size() - got, file.get());
        if (n == 0 && std::ferror(file.get())) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
        got += n;
    } while (got == bytes.size());
    bytes.resize(got);
    return bytes;
}

}  // namespace

std::string image_hash(std::span<const std::byte> elf) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const std::byte b : elf)
        hash = (hash ^ static_cast<uint64_t>(b)) * 0x100000001b3;
    return fmt::format("{:016x}", hash);
}

Result<std::unique_ptr<KernelImage>> KernelImage::open(const std::string& path) {
    auto bytes = read_file(path);
    if (!bytes) return std::unexpected(bytes.error());
    return from_bytes(*bytes, path);
}

Result<std::unique_ptr<KernelImage>> KernelImage::from_bytes(std::span<const std::byte> elf,
                                                             std::string_view name) {
    if (auto ok = check_kernel_elf(elf, name); !ok) return std::unexpected(ok.error());
    std::unique_ptr<KernelImage> image(new KernelImage);
    image->name_ = name;
    image->bytes_.assign(elf.begin(), elf.end());
    auto symbols = SymbolTable::read(image->bytes_, name);
    if (!symbols) return std::unexpected(symbols.error());
    image->symbols_ = std::move(*symbols);
    auto types = TypeTable::open(image->bytes_, name);
    if (!types) return std::unexpected(types.error());
    image->types_ = std::move(*types);
    image->hash_ = image_hash(elf);
    return image;
}

std::span<const std::byte> KernelImage::code(LinearAddr address, uint32_t size) const {
    Elf32_Ehdr header;
    std::memcpy(&header, bytes_.data(), sizeof header);
    for (uint32_t i = 0; i < header.e_phnum; ++i) {
        Elf32_Phdr segment;  // check_kernel_elf has looked: the table lies inside the file
        std::memcpy(&segment, bytes_.data() + header.e_phoff + i * sizeof segment, sizeof segment);
        const uint32_t offset = address.value - segment.p_vaddr;
        if (segment.p_type != PT_LOAD || offset >= segment.p_filesz) continue;
        const size_t at = std::min(bytes_.size(), size_t{segment.p_offset} + offset);
        return std::span(bytes_).subspan(
            at, std::min<size_t>({size, segment.p_filesz - offset, bytes_.size() - at}));
    }
    return {};
}

Result<Variable> KernelImage::get_variable(std::string_view name) const {
    const Symbol* symbol = symbols_.find(name);
    // The debug information names what is local to a file without a prefix, the symbol table with one.
    if (!symbol) symbol = symbols_.find(fmt::format("(anonymous namespace)::{}", name));
    if (!symbol) return fail(fmt::format("{}: has no symbol {}", name_, name));
    const Type* type = types_->find_variable_type(name);
    if (!type) return fail(fmt::format("{}: the debug information has no type for {}", name_, name));
    return Variable{symbol->address, type};
}

}  // namespace mmscope
