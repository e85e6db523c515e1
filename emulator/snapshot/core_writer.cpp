// SPDX-License-Identifier: GPL-2.0-or-later
// RAM first, because the last note holds its checksum; then the notes, then the header.
#include "snapshot/core_writer.h"

#include <algorithm>

#include "base/checksum.h"
#include "snapshot/core_layout.h"
#include "snapshot/core_notes.h"
#include "snapshot/durable_file.h"

namespace mmscope {
namespace {

constexpr uint32_t kStretch = 1u << 20;  // written at once where no page in it is zero

/// Writes the pages of [from, from + size) that are not zero.
Result<void> write_stretch(DurableFile& file, uint64_t offset, std::span<const std::byte> bytes,
                           PhysAddr from, PageChecksum& sum) {
    size_t first = 0;  // of the pages that were seen and not yet written
    const auto flush = [&](size_t end) -> Result<void> {
        return first < end ? file.write(offset + first, bytes.subspan(first, end - first)) : Result<void>{};
    };
    for (size_t at = 0; at < bytes.size(); at += kPageSize) {
        const auto page = bytes.subspan(at, kPageSize);
        if (!is_zero(page)) {
            sum.add((from + static_cast<uint32_t>(at)).page_number(), page);
            continue;
        }
        if (auto written = flush(at); !written) return written;
        first = at + kPageSize;
    }
    return flush(bytes.size());
}

Result<void> write_ram(DurableFile& file, const CoreHeader& header, const PhysicalMemory& memory,
                       PageChecksum& sum) {
    for (const Elf32_Phdr& segment : std::span(header.segments).subspan(1)) {
        for (uint32_t at = 0; at < segment.p_filesz; at += kStretch) {
            const uint32_t size = std::min(kStretch, segment.p_filesz - at);
            const PhysAddr from(segment.p_paddr + at);
            const auto bytes = memory.bytes().subspan(from.value, size);
            if (auto written = write_stretch(file, uint64_t{segment.p_offset} + at, bytes, from, sum);
                !written) {
                return written;
            }
        }
    }
    return {};
}

}  // namespace

Result<void> save_core(const std::filesystem::path& path, const Snapshot& snapshot,
                       const PhysicalMemory& memory) {
    auto file = DurableFile::create(path);
    if (!file) return std::unexpected(file.error());
    std::vector<std::byte> notes = write_notes(snapshot);
    const auto size = static_cast<uint32_t>(notes.size() + kCheckNoteSize);
    const CoreHeader header = make_core_header(memory.size(), size);
    PageChecksum sum;
    if (auto written = write_ram(**file, header, memory, sum); !written) return written;
    const auto check = write_check({.ram = sum.value(), .notes = checksum(notes)});
    notes.insert(notes.end(), check.begin(), check.end());
    const auto segments = std::as_bytes(std::span(header.segments));
    for (const auto& [offset, bytes] :
         {std::pair{uint64_t{0}, std::as_bytes(std::span(&header.elf, 1))},
          std::pair{uint64_t{header.elf.e_phoff}, segments},
          std::pair{uint64_t{notes_offset(memory.size())}, std::span<const std::byte>(notes)}}) {
        if (auto written = (*file)->write(offset, bytes); !written) return written;
    }
    return (*file)->commit(header.file_size());
}

}  // namespace mmscope
