// SPDX-License-Identifier: GPL-2.0-or-later
// Program headers from the size of RAM, and the checksums.
#include "snapshot/core_layout.h"

#include <algorithm>
#include <cstring>

#include "base/checksum.h"
#include "machine/physical_memory.h"

namespace mmscope {
namespace {

constexpr uint32_t kPageOffset = 0xC0000000;
constexpr uint32_t kLowMemory = 896u << 20;  // what a kernel maps one to one at most

Elf32_Phdr load_header(const CoreSegment& segment, uint32_t offset) {
    return {.p_type = PT_LOAD,
            .p_offset = offset,
            .p_vaddr = segment.linear.value,
            .p_paddr = segment.physical.value,
            .p_filesz = segment.size,
            .p_memsz = segment.size,
            .p_flags = PF_R | PF_W | PF_X,
            .p_align = kPageSize};
}

Elf32_Ehdr elf_header(size_t segments) {
    Elf32_Ehdr elf{};
    std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
    elf.e_ident[EI_CLASS] = ELFCLASS32;
    elf.e_ident[EI_DATA] = ELFDATA2LSB;
    elf.e_ident[EI_VERSION] = EV_CURRENT;
    elf.e_type = ET_CORE;
    elf.e_machine = EM_386;
    elf.e_version = EV_CURRENT;
    elf.e_phoff = sizeof(Elf32_Ehdr);
    elf.e_ehsize = sizeof(Elf32_Ehdr);
    elf.e_phentsize = sizeof(Elf32_Phdr);
    elf.e_phnum = static_cast<Elf32_Half>(segments);
    return elf;
}

uint32_t offset_behind(size_t segments) {
    return static_cast<uint32_t>(sizeof(Elf32_Ehdr) + (segments + 1) * sizeof(Elf32_Phdr));
}

}  // namespace

std::vector<CoreSegment> core_segments(uint32_t ram) {
    const auto low = [](uint32_t at) { return LinearAddr(kPageOffset + at); };
    const uint32_t hole = PhysicalMemory::kHoleFirst.value, high = PhysicalMemory::kHoleEnd.value;
    std::vector<CoreSegment> segments = {{PhysAddr(0), low(0), hole}};
    if (ram > high) segments.push_back({PhysAddr(high), low(high), std::min(ram, kLowMemory) - high});
    if (ram > kLowMemory)
        segments.push_back({PhysAddr(kLowMemory), LinearAddr(kLowMemory), ram - kLowMemory});
    return segments;
}

uint64_t checksum_of_ram(const PhysicalMemory& memory) {
    PageChecksum sum;
    for (const CoreSegment& segment : core_segments(memory.size())) {
        for (uint32_t at = 0; at < segment.size; at += kPageSize) {
            const PhysAddr page = segment.physical + at;
            sum.add(page.page_number(), memory.bytes().subspan(page.value, kPageSize));
        }
    }
    return sum.value();
}

uint64_t CoreHeader::file_size() const {
    const Elf32_Phdr& last = segments.back();
    const uint64_t end = uint64_t{last.p_offset} + last.p_filesz;
    return segments.size() > 1 ? end : ram_offset();
}

uint64_t CoreHeader::ram_offset() const {
    const Elf32_Phdr& notes = segments.front();
    return (uint64_t{notes.p_offset} + notes.p_filesz + kPageSize - 1) & ~uint64_t{kPageSize - 1};
}

std::vector<CoreSegment> page_segments(uint32_t ram, std::span<const uint32_t> pages) {
    std::vector<CoreSegment> segments;
    for (const CoreSegment& all : core_segments(ram)) {
        const uint32_t first = all.physical.page_number(), end = first + all.size / kPageSize;
        for (uint32_t next = 0; !pages.empty() && pages[0] >= first && pages[0] < end;
             pages = pages.subspan(1)) {
            const uint32_t into = (pages[0] - first) * kPageSize;
            if (next == 0 || pages[0] != next)
                segments.push_back({all.physical + into, all.linear + into, 0});
            segments.back().size += kPageSize;
            next = pages[0] + 1;
        }
    }
    return segments;
}

uint32_t notes_offset(uint32_t ram) {
    return offset_behind(core_segments(ram).size());
}

CoreHeader make_core_header(uint32_t ram, uint32_t notes) {
    return make_core_header(core_segments(ram), notes);
}

CoreHeader make_core_header(std::span<const CoreSegment> parts, uint32_t notes) {
    CoreHeader header{elf_header(parts.size() + 1), {}};
    const uint32_t at = offset_behind(parts.size());
    header.segments.push_back({.p_type = PT_NOTE,
                               .p_offset = at,
                               .p_vaddr = 0,
                               .p_paddr = 0,
                               .p_filesz = notes,
                               .p_memsz = 0,
                               .p_flags = 0,
                               .p_align = 4});
    uint32_t offset = (at + notes + kPageSize - 1) & kPageMask;
    for (const CoreSegment& part : parts) {
        header.segments.push_back(load_header(part, offset));
        offset += part.size;
    }
    return header;
}

}  // namespace mmscope
