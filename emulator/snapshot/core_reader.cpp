// SPDX-License-Identifier: GPL-2.0-or-later
// Header, notes, RAM: each is checked before it is used for the next.
#include "snapshot/core_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

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
                      elf.e_phnum >= 1 && elf.e_phnum <= kMostSegments + 1;
    if (!ours) return fail("a core, but not one of emu");
    if (auto read = file.read(elf.e_phoff, bytes_of(segment)); !read) return std::unexpected(read.error());
    if (segment.p_type != PT_NOTE) return fail("a core, but not one of emu");
    if (uint64_t{segment.p_offset} + segment.p_filesz > file.size()) return truncated();
    if (segment.p_filesz > kLargestNotes) return fail(fmt::format("{} bytes of notes", segment.p_filesz));
    return read_stretch(file, segment.p_offset, segment.p_filesz);
}

/// Every header as it must be for these segments and notes: none can overlap or lead outside.
Result<CoreHeader> check_header(CoreFile& file, std::span<const CoreSegment> parts, uint32_t notes) {
    CoreHeader wanted = make_core_header(parts, notes);
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

Result<void> read_ram(CoreFile& file, const CoreHeader& header, PhysicalMemory& memory) {
    std::vector<std::byte> page(kPageSize);
    for (const Elf32_Phdr& segment : std::span(header.segments).subspan(1)) {
        for (uint32_t at = 0; at < segment.p_filesz; at += kPageSize) {
            if (auto read = file.read(uint64_t{segment.p_offset} + at, page); !read) return read;
            const PhysAddr to(segment.p_paddr + at);
            // Host memory that is never touched costs nothing; a parent's page may have become zero.
            if (is_zero(page) && is_zero(memory.bytes().subspan(to.value, kPageSize))) continue;
            if (!memory.write(to, page)) return fail("damaged: RAM where none can be");
        }
    }
    return {};
}

/// The notes, once their checksum is right and the machine has a size that there can be: before any memory is
/// taken for it.
Result<CoreNotes> read_good_notes(std::span<const std::byte> all) {
    auto notes = read_notes(all);
    if (!notes) return notes;
    // The last note speaks of all others, and so must be the one that speaks of it: compared as a whole.
    const bool good = checksum(all.first(all.size() - kCheckNoteSize)) == notes->check.notes &&
                      std::ranges::equal(all.last(kCheckNoteSize), write_check(notes->check));
    if (!good) return fail("damaged: the checksum of its notes is wrong");
    const uint32_t ram = notes->snapshot.ram;
    if (ram % (1u << 20) != 0 || ram < (1u << 20) || ram > 3072u << 20)
        return fail(fmt::format("damaged: {} bytes of RAM", ram));
    return notes;
}

Result<LoadedCore> load_named(const std::filesystem::path& path, int generation);

/// Which segments the file has.
Result<std::vector<CoreSegment>> segments_of(const CoreNotes& notes) {
    if (!notes.increment) return core_segments(notes.snapshot.ram);
    const std::vector<uint32_t>& pages = notes.increment->pages;
    if (std::ranges::adjacent_find(pages, std::greater_equal{}) != pages.end())
        return fail("damaged: its pages are not in order");
    auto segments = page_segments(notes.snapshot.ram, pages);
    uint64_t size = 0;
    for (const CoreSegment& segment : segments)
        size += segment.size;
    if (size != uint64_t{pages.size()} * kPageSize || segments.size() > kMostSegments)
        return fail("damaged: pages that are no RAM");
    return segments;
}

/// RAM as it was before the file's own pages: the parent's, or zero.
Result<std::unique_ptr<PhysicalMemory>> memory_before(const CoreNotes& notes,
                                                      const std::filesystem::path& path, int generation) {
    constexpr int kMostGenerations = 256;
    if (!notes.increment) return PhysicalMemory::create(notes.snapshot.ram);
    const std::string& name = notes.increment->parent;
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string("/\0", 2)) != std::string::npos)
        return fail("damaged: the name of its parent");
    if (generation == kMostGenerations) return fail("has too many ancestors");
    auto parent = load_named(path.parent_path() / name, generation + 1);
    if (!parent) return fail("needs its parent: " + parent.error().message);
    if (parent->check != notes.increment->check || parent->snapshot.ram != notes.snapshot.ram)
        return fail(fmt::format("{} is not the file that it was made from", name));
    return std::move(parent->memory);
}

Result<LoadedCore> load(CoreFile& file, const std::filesystem::path& path, int generation) {
    const auto bytes = read_note_segment(file);
    if (!bytes) return std::unexpected(bytes.error());
    auto notes = read_good_notes(*bytes);
    if (!notes) return std::unexpected(notes.error());
    const auto segments = segments_of(*notes);
    if (!segments) return std::unexpected(segments.error());
    const auto header = check_header(file, *segments, static_cast<uint32_t>(bytes->size()));
    if (!header) return std::unexpected(header.error());
    auto memory = memory_before(*notes, path, generation);
    if (!memory) return std::unexpected(memory.error());
    if (auto read = read_ram(file, *header, **memory); !read) return std::unexpected(read.error());
    if (checksum_of_ram(**memory) != notes->check.ram)
        return fail("damaged: the checksum of its RAM is wrong");
    return LoadedCore{
        .snapshot = std::move(notes->snapshot), .memory = std::move(*memory), .check = notes->check};
}

Result<LoadedCore> load_named(const std::filesystem::path& path, int generation) {
    auto file = CoreFile::open(path);
    auto core = file ? load(**file, path, generation) : std::unexpected(file.error());
    if (core) return core;
    return fail(fmt::format("{}: {}", path.string(), core.error().message));
}

}  // namespace

Result<LoadedCore> load_core(const std::filesystem::path& path) {
    return load_named(path, 0);
}

}  // namespace mmscope
