// SPDX-License-Identifier: GPL-2.0-or-later
// The last note holds the checksum of RAM, which is read once more for it: so a file is written from its
// beginning to its end.
#include "snapshot/core_writer.h"

#include <algorithm>
#include <utility>

#include "base/checksum.h"
#include "base/zstd.h"
#include "snapshot/core_layout.h"
#include "snapshot/core_notes.h"
#include "snapshot/durable_file.h"
#include "snapshot/seekable.h"

namespace mmscope {
namespace {

constexpr uint32_t kStretch = 1u << 20;  // written at once where no page in it is zero

/// Writes the pages of `bytes` that are not zero.
Result<void> write_stretch(DurableFile& file, uint64_t offset, std::span<const std::byte> bytes) {
    size_t first = 0;  // of the pages that were seen and not yet written
    const auto flush = [&](size_t end) -> Result<void> {
        return first < end ? file.write(offset + first, bytes.subspan(first, end - first)) : Result<void>{};
    };
    for (size_t at = 0; at < bytes.size(); at += kPageSize) {
        const auto page = bytes.subspan(at, kPageSize);
        if (!is_zero(page)) continue;
        if (auto written = flush(at); !written) return written;
        first = at + kPageSize;
    }
    return flush(bytes.size());
}

Result<void> write_ram(DurableFile& file, const CoreHeader& header, const PhysicalMemory& memory) {
    for (const Elf32_Phdr& segment : std::span(header.segments).subspan(1)) {
        for (uint32_t at = 0; at < segment.p_filesz; at += kStretch) {
            const uint32_t size = std::min(kStretch, segment.p_filesz - at);
            const auto bytes = memory.bytes().subspan(segment.p_paddr + at, size);
            if (auto written = write_stretch(file, uint64_t{segment.p_offset} + at, bytes); !written)
                return written;
        }
    }
    return {};
}

/// Everything before RAM: header, notes, and zeros up to the next page.
std::vector<std::byte> make_head(const CoreHeader& header, std::span<const std::byte> notes,
                                 const CoreCheck& of_all) {
    std::vector<std::byte> head;
    const auto check = write_check(of_all);
    for (const std::span<const std::byte> part :
         {std::as_bytes(std::span(&header.elf, 1)), std::as_bytes(std::span(header.segments)), notes,
          std::span<const std::byte>(check)}) {
        head.insert(head.end(), part.begin(), part.end());
    }
    head.resize(header.ram_offset());
    return head;
}

/// A frame for each page, and one for each run of zeros.
Result<void> write_compressed_ram(SeekableWriter& writer, std::span<const std::byte> ram) {
    uint64_t zeros = 0;
    for (size_t at = 0; at < ram.size(); at += kPageSize) {
        const auto page = ram.subspan(at, kPageSize);
        if (is_zero(page)) {
            zeros += kPageSize;
            continue;
        }
        auto added = writer.add_zeros(std::exchange(zeros, 0));
        if (added) added = writer.add(page);
        if (!added) return added;
    }
    return writer.add_zeros(zeros);
}

Result<void> write_compressed(DurableFile& file, const CoreHeader& header, std::span<const std::byte> head,
                              const PhysicalMemory& memory) {
    SeekableWriter writer(file);
    for (size_t at = 0; at < head.size(); at += kLargestFrame) {
        const size_t size = std::min<size_t>(kLargestFrame, head.size() - at);
        if (auto added = writer.add(head.subspan(at, size)); !added) return added;
    }
    for (const Elf32_Phdr& segment : std::span(header.segments).subspan(1)) {
        const auto ram = memory.bytes().subspan(segment.p_paddr, segment.p_filesz);
        if (auto added = write_compressed_ram(writer, ram); !added) return added;
    }
    return writer.finish();
}

Result<void> write_plain(DurableFile& file, const CoreHeader& header, std::span<const std::byte> head,
                         const PhysicalMemory& memory) {
    if (auto written = file.write(0, head); !written) return written;
    if (auto written = write_ram(file, header, memory); !written) return written;
    return file.commit(header.file_size());
}

}  // namespace

Result<CoreCheck> save_core(const std::filesystem::path& path, const Snapshot& snapshot,
                            const PhysicalMemory& memory, const CoreIncrement* increment) {
    auto file = DurableFile::create(path);
    if (!file) return std::unexpected(file.error());
    auto parts = core_segments(memory.size());
    if (increment != nullptr) {
        auto pages = page_segments(memory.size(), increment->pages);
        if (pages.size() > kMostSegments) {
            increment = nullptr;
        } else {
            parts = std::move(pages);
        }
    }
    const std::vector<std::byte> notes = write_notes(snapshot, increment);
    const CoreHeader header = make_core_header(parts, static_cast<uint32_t>(notes.size() + kCheckNoteSize));
    const CoreCheck check{.ram = checksum_of_ram(memory), .notes = checksum(notes)};
    const std::vector<std::byte> head = make_head(header, notes, check);
    const auto write = path.extension() == kZstdExtension ? write_compressed : write_plain;
    if (auto written = write(**file, header, head, memory); !written) return std::unexpected(written.error());
    return check;
}

}  // namespace mmscope
