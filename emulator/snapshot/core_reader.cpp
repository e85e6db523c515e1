// SPDX-License-Identifier: GPL-2.0-or-later
// Header, notes, RAM: each is checked before it is used for the next.
#include "snapshot/core_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/checksum.h"
#include "snapshot/core_file.h"
#include "snapshot/core_layout.h"
#include "snapshot/core_notes.h"

namespace mmscope {
namespace {

constexpr uint32_t kLargestNotes = 1u << 30;

std::unexpected<Error> truncated() {
    return fail("truncated");
}

template <class Value>
std::span<std::byte> bytes_of(Value& value) {
    return std::as_writable_bytes(std::span(&value, 1));
}

/// `size` bytes at `offset`. Memory is taken piece by piece: the file may only promise what it does not hold.
Result<std::vector<std::byte>> read_stretch(CoreFile& file, uint64_t offset, uint32_t size) {
    constexpr uint32_t kPiece = 1u << 20;
    std::vector<std::byte> bytes;
    for (uint32_t at = 0; at < size;) {
        const uint32_t count = std::min(kPiece, size - at);
        bytes.resize(at + count);
        if (auto read = file.read(offset + at, std::span(bytes).subspan(at)); !read)
            return std::unexpected(read.error());
        at += count;
    }
    return bytes;
}

/// The notes of a core, found without knowing how much RAM it has.
Result<std::vector<std::byte>> read_note_segment(CoreFile& file) {
    Elf32_Ehdr elf;
    if (file.size() < SELFMAG) return fail("not an ELF file");
    if (auto read = file.read(0, bytes_of(elf).first(SELFMAG)); !read) return std::unexpected(read.error());
    if (std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) return fail("not an ELF file");
    if (auto read = file.read(0, bytes_of(elf)); !read) return std::unexpected(read.error());
    if (elf.e_ident[EI_CLASS] != ELFCLASS32 || elf.e_ident[EI_DATA] != ELFDATA2LSB ||
        elf.e_machine != EM_386) {
        return fail("for another machine than an i386");
    }
    if (elf.e_type != ET_CORE) return fail(fmt::format("ELF type {}, expected a core (4)", elf.e_type));
    Elf32_Phdr segment;
    const bool ours = elf.e_phoff == sizeof(Elf32_Ehdr) && elf.e_phentsize == sizeof(Elf32_Phdr) &&
                      elf.e_phnum >= 2 && elf.e_phnum <= 4;
    if (!ours) return fail("a core, but not one of emu");
    if (auto read = file.read(elf.e_phoff, bytes_of(segment)); !read) return std::unexpected(read.error());
    if (segment.p_type != PT_NOTE) return fail("a core, but not one of emu");
    if (uint64_t{segment.p_offset} + segment.p_filesz > file.size()) return truncated();
    if (segment.p_filesz > kLargestNotes) return fail(fmt::format("{} bytes of notes", segment.p_filesz));
    return read_stretch(file, segment.p_offset, segment.p_filesz);
}

/// Every header as it must be for this size of RAM and notes: none can overlap or lead outside.
Result<CoreHeader> check_header(CoreFile& file, uint32_t ram, uint32_t notes) {
    CoreHeader wanted = make_core_header(ram, notes);
    std::vector<Elf32_Phdr> segments(wanted.segments.size());
    Elf32_Ehdr elf;
    if (auto read = file.read(0, bytes_of(elf)); !read) return std::unexpected(read.error());
    if (auto read = file.read(elf.e_phoff, std::as_writable_bytes(std::span(segments))); !read)
        return std::unexpected(read.error());
    const bool same =
        std::memcmp(&elf, &wanted.elf, sizeof(elf)) == 0 &&
        std::memcmp(segments.data(), wanted.segments.data(), segments.size() * sizeof(Elf32_Phdr)) == 0;
    if (!same) return fail("damaged: its headers do not fit its notes");
    if (file.size() < wanted.file_size()) {
        return fail(fmt::format("truncated: {} bytes of {}", file.size(), wanted.file_size()));
    }
    if (file.size() > wanted.file_size()) return fail("damaged: it goes on behind its end");
    return wanted;
}

Result<uint64_t> read_ram(CoreFile& file, const CoreHeader& header, PhysicalMemory& memory) {
    PageChecksum sum;
    std::vector<std::byte> page(kPageSize);
    for (const Elf32_Phdr& segment : std::span(header.segments).subspan(1)) {
        for (uint32_t at = 0; at < segment.p_filesz; at += kPageSize) {
            if (auto read = file.read(uint64_t{segment.p_offset} + at, page); !read)
                return std::unexpected(read.error());
            if (is_zero(page)) continue;  // host memory that is never touched costs nothing
            const PhysAddr to(segment.p_paddr + at);
            sum.add(to.page_number(), page);
            if (!memory.write(to, page)) return fail("damaged: RAM where none can be");
        }
    }
    return sum.value();
}

Result<LoadedCore> load(CoreFile& file) {
    const auto bytes = read_note_segment(file);
    if (!bytes) return std::unexpected(bytes.error());
    auto notes = read_notes(*bytes);
    if (!notes) return std::unexpected(notes.error());
    const std::span all(*bytes);
    // The last note speaks of all others, and so must be the one that speaks of it: compared as a whole.
    const bool good = checksum(all.first(all.size() - kCheckNoteSize)) == notes->check.notes &&
                      std::ranges::equal(all.last(kCheckNoteSize), write_check(notes->check));
    if (!good) return fail("damaged: the checksum of its notes is wrong");
    LoadedCore core{.snapshot = std::move(notes->snapshot), .memory = nullptr};
    const uint32_t ram = core.snapshot.ram;
    // Before memory is taken: the sizes a machine can have.
    if (ram % (1u << 20) != 0 || ram < (1u << 20) || ram > 3072u << 20)
        return fail(fmt::format("damaged: {} bytes of RAM", ram));
    const auto header = check_header(file, ram, static_cast<uint32_t>(all.size()));
    if (!header) return std::unexpected(header.error());
    auto memory = PhysicalMemory::create(ram);
    if (!memory) return std::unexpected(memory.error());
    const auto sum = read_ram(file, *header, **memory);
    if (!sum) return std::unexpected(sum.error());
    if (*sum != notes->check.ram) return fail("damaged: the checksum of its RAM is wrong");
    core.memory = std::move(*memory);
    return core;
}

}  // namespace

Result<LoadedCore> load_core(const std::filesystem::path& path) {
    auto file = CoreFile::open(path);
    auto core = file ? load(**file) : std::unexpected(file.error());
    if (core) return core;
    return fail(fmt::format("{}: {}", path.string(), core.error().message));
}

}  // namespace mmscope
