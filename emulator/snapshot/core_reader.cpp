// SPDX-License-Identifier: GPL-2.0-or-later
// Header, notes, RAM: each is checked before it is used for the next.
#include "snapshot/core_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/checksum.h"
#include "snapshot/core_layout.h"
#include "snapshot/core_notes.h"

namespace mmscope {
namespace {

constexpr uint32_t kLargestNotes = 1u << 30;

class CoreFile {
  public:
    ~CoreFile() {
        if (file_ >= 0) ::close(file_);
    }
    CoreFile() = default;
    CoreFile(const CoreFile&) = delete;
    CoreFile& operator=(const CoreFile&) = delete;

    Result<void> open(const std::filesystem::path& path);
    [[nodiscard]] uint64_t size() const { return size_; }
    /// False: an error, or the file ends before.
    [[nodiscard]] bool read(uint64_t offset, std::span<std::byte> bytes) const;

  private:
    int file_ = -1;
    uint64_t size_ = 0;
};

Result<void> CoreFile::open(const std::filesystem::path& path) {
    // Without waiting: a FIFO would wait for a writer.
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (file_ < 0 || ::fstat(file_, &status) != 0)
        return fail(fmt::format("cannot read: {}", std::strerror(errno)));
    if (!S_ISREG(status.st_mode)) return fail("not a regular file");
    size_ = static_cast<uint64_t>(status.st_size);
    return {};
}

bool CoreFile::read(uint64_t offset, std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t count = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
    return true;
}

std::unexpected<Error> truncated() {
    return fail("truncated");
}

/// The notes of a core, found without knowing how much RAM it has.
Result<std::vector<std::byte>> read_note_segment(const CoreFile& file) {
    Elf32_Ehdr elf;
    if (file.size() < SELFMAG || !file.read(0, std::as_writable_bytes(std::span(&elf, 1)).first(SELFMAG)) ||
        std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) {
        return fail("not an ELF file");
    }
    if (!file.read(0, std::as_writable_bytes(std::span(&elf, 1)))) return truncated();
    if (elf.e_ident[EI_CLASS] != ELFCLASS32 || elf.e_ident[EI_DATA] != ELFDATA2LSB ||
        elf.e_machine != EM_386) {
        return fail("for another machine than an i386");
    }
    if (elf.e_type != ET_CORE) return fail(fmt::format("ELF type {}, expected a core (4)", elf.e_type));
    Elf32_Phdr segment;
    const bool ours = elf.e_phoff == sizeof(Elf32_Ehdr) && elf.e_phentsize == sizeof(Elf32_Phdr) &&
                      elf.e_phnum >= 2 && elf.e_phnum <= 4;
    if (!ours) return fail("a core, but not one of emu");
    if (!file.read(elf.e_phoff, std::as_writable_bytes(std::span(&segment, 1)))) return truncated();
    if (segment.p_type != PT_NOTE) return fail("a core, but not one of emu");
    if (uint64_t{segment.p_offset} + segment.p_filesz > file.size()) return truncated();
    if (segment.p_filesz > kLargestNotes) return fail(fmt::format("{} bytes of notes", segment.p_filesz));
    std::vector<std::byte> notes(segment.p_filesz);
    if (!file.read(segment.p_offset, notes)) return truncated();
    return notes;
}

/// Every header as it must be for this size of RAM and notes: none can overlap or lead outside.
Result<CoreHeader> check_header(const CoreFile& file, uint32_t ram, uint32_t notes) {
    CoreHeader wanted = make_core_header(ram, notes);
    std::vector<Elf32_Phdr> segments(wanted.segments.size());
    Elf32_Ehdr elf;
    if (!file.read(0, std::as_writable_bytes(std::span(&elf, 1))) ||
        !file.read(elf.e_phoff, std::as_writable_bytes(std::span(segments)))) {
        return truncated();
    }
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

Result<uint64_t> read_ram(const CoreFile& file, const CoreHeader& header, PhysicalMemory& memory) {
    PageChecksum sum;
    std::vector<std::byte> page(kPageSize);
    for (const Elf32_Phdr& segment : std::span(header.segments).subspan(1)) {
        for (uint32_t at = 0; at < segment.p_filesz; at += kPageSize) {
            if (!file.read(uint64_t{segment.p_offset} + at, page)) return truncated();
            if (is_zero(page)) continue;  // host memory that is never touched costs nothing
            const PhysAddr to(segment.p_paddr + at);
            sum.add(to.page_number(), page);
            if (!memory.write(to, page)) return fail("damaged: RAM where none can be");
        }
    }
    return sum.value();
}

Result<LoadedCore> load(const CoreFile& file) {
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
    CoreFile file;
    auto opened = file.open(path);
    auto core = opened ? load(file) : std::unexpected(opened.error());
    if (core) return core;
    return fail(fmt::format("{}: {}", path.string(), core.error().message));
}

}  // namespace mmscope
