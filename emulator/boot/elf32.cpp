// SPDX-License-Identifier: GPL-2.0-or-later
// Every offset of the file is checked before it is followed.
#include "boot/elf32.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <optional>

namespace mmscope {
namespace {

constexpr uint32_t kMachineI386 = 3;
constexpr uint32_t kTypeExecutable = 2;
constexpr uint32_t kLoadable = 1;

/// Elf32_Ehdr and Elf32_Phdr (System V ABI, figures 4-3 and 5-1).
struct FileHeader {
    std::array<uint8_t, 16> ident;
    uint16_t type, machine;
    uint32_t version, entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct ProgramHeader {
    uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};
static_assert(sizeof(FileHeader) == 52 && sizeof(ProgramHeader) == 32);

std::string machine_name(uint16_t machine) {
    switch (machine) {
        case kMachineI386:
            return "i386";
        case 8:
            return "MIPS";
        case 20:
            return "PowerPC";
        case 40:
            return "ARM";
        case 62:
            return "x86-64";
        case 183:
            return "AArch64";
        case 243:
            return "RISC-V";
        default:
            return fmt::format("machine {}", machine);
    }
}

template <class T>
T read_as(std::span<const std::byte> file, size_t offset) {
    T value;
    std::memcpy(&value, file.data() + offset, sizeof(T));
    return value;
}

bool inside(std::span<const std::byte> file, uint64_t offset, uint64_t size) {
    return offset <= file.size() && size <= file.size() - offset;
}

bool covers(uint64_t first, uint64_t size, uint64_t address) {
    return address >= first && address - first < size;
}

/// GRUB and QEMU differ in how they read e_entry; a kernel linked high may give either kind of address.
std::optional<uint32_t> physical_entry(const std::vector<ProgramHeader>& headers, uint32_t entry) {
    for (const ProgramHeader& header : headers) {
        if (covers(header.paddr, header.memsz, entry)) return entry;
    }
    for (const ProgramHeader& header : headers) {
        if (covers(header.vaddr, header.memsz, entry)) return entry - header.vaddr + header.paddr;
    }
    return std::nullopt;
}

Result<std::vector<ProgramHeader>> read_loadable(std::span<const std::byte> file, const FileHeader& elf,
                                                 std::string_view name) {
    std::vector<ProgramHeader> headers;
    if (elf.phentsize != sizeof(ProgramHeader) || elf.phnum == 0) {
        return fail(fmt::format("{}: its ELF header names no program headers of {} bytes", name,
                                sizeof(ProgramHeader)));
    }
    if (!inside(file, elf.phoff, uint64_t{elf.phnum} * sizeof(ProgramHeader))) {
        return fail(fmt::format("{}: truncated: its program headers lie behind the end of the file", name));
    }
    for (uint32_t i = 0; i < elf.phnum; ++i) {
        const auto header = read_as<ProgramHeader>(file, elf.phoff + i * sizeof(ProgramHeader));
        if (header.type == kLoadable && header.memsz != 0) headers.push_back(header);
    }
    return headers;
}

}  // namespace

bool is_elf(std::span<const std::byte> file) {
    constexpr std::array<uint8_t, 4> kMagic = {0x7F, 'E', 'L', 'F'};
    return file.size() >= kMagic.size() && std::memcmp(file.data(), kMagic.data(), kMagic.size()) == 0;
}

Result<void> validate_elf32(std::span<const std::byte> file, std::string_view name) {
    constexpr size_t kClass = 4, kData = 5, kMachine = 18;
    if (file.size() < 20) return fail(fmt::format("{}: truncated: its ELF header is cut off", name));
    const auto machine = read_as<uint16_t>(file, kMachine);
    const bool wide = file[kClass] == std::byte{2};
    const bool big_endian = file[kData] == std::byte{2};
    if (wide || big_endian || machine != kMachineI386) {
        return fail(fmt::format("{}: an ELF file for the wrong machine: {}-bit {}{}, expected 32-bit i386",
                                name, wide ? 64 : 32, big_endian ? "big-endian " : "",
                                big_endian ? "code" : machine_name(machine)));
    }
    if (file.size() < sizeof(FileHeader))
        return fail(fmt::format("{}: truncated: its ELF header is cut off", name));
    const auto type = read_as<FileHeader>(file, 0).type;
    if (type != kTypeExecutable) {
        return fail(fmt::format("{}: an ELF file of type {}, expected an executable (type 2)", name, type));
    }
    return {};
}

Result<LoadPlan> plan_elf32(std::span<const std::byte> file, std::string_view name) {
    const auto elf = read_as<FileHeader>(file, 0);
    const auto headers = read_loadable(file, elf, name);
    if (!headers) return std::unexpected(headers.error());
    if (headers->empty()) return fail(fmt::format("{}: has no segment to load", name));
    LoadPlan plan{.entry = 0, .segments = {}};
    for (const ProgramHeader& header : *headers) {
        if (!inside(file, header.offset, header.filesz)) {
            return fail(
                fmt::format("{}: truncated: the segment for {:#x} needs {} bytes at {:#x}, the file has {}",
                            name, header.paddr, header.filesz, header.offset, file.size()));
        }
        if (header.filesz > header.memsz) {
            return fail(fmt::format("{}: the segment for {:#x} is larger in the file than in memory", name,
                                    header.paddr));
        }
        for (const LoadSegment& other : plan.segments) {
            if (header.paddr < other.at + other.size && other.at < uint64_t{header.paddr} + header.memsz) {
                return fail(fmt::format("{}: its segments for {:#x} and {:#x} overlap", name, other.at,
                                        header.paddr));
            }
        }
        plan.segments.push_back(
            {.at = header.paddr, .bytes = file.subspan(header.offset, header.filesz), .size = header.memsz});
    }
    const auto entry = physical_entry(*headers, elf.entry);
    if (!entry) return fail(fmt::format("{}: its entry point {:#x} lies in no segment", name, elf.entry));
    plan.entry = *entry;
    return plan;
}

}  // namespace mmscope
