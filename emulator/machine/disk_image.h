// SPDX-License-Identifier: GPL-2.0-or-later
// A raw disk image on the host as the medium of an emulated disk: what the guest writes stays in memory
// unless it is asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "devices/disk_medium.h"

namespace mmscope {

enum class DiskWrites : uint8_t {
    Overlay,  // kept in memory, 4 KiB at a time; the file is never changed
    Through,  // go to the file
};

/// Sectors [first, end) that cannot be read, or cannot be written: errors on demand.
struct BadSectors {
    enum class Access : uint8_t { Read, Write };
    Access access;
    uint32_t first, end;
    friend bool operator==(const BadSectors&, const BadSectors&) = default;
};

/// What a run has made of a disk, next to the image that it began with.
struct DiskChanges {
    uint32_t sectors = 0;
    uint64_t image = 0;            // checksum of the image's file, holes and zeros count for nothing
    std::deque<uint32_t> chunks;   // ascending; each stands for kDiskChunk bytes of `bytes`
    std::vector<std::byte> bytes;  // of the chunks, one behind the other
    friend bool operator==(const DiskChanges&, const DiskChanges&) = default;
};
inline constexpr size_t kDiskChunk = 4096;

class DiskImage final : public DiskMedium {
  public:
    /// Error, worded for a person: missing, not a regular file, not whole sectors, empty, more than 28 bits
    /// of sectors, no rights, or in use by a run that writes through (a file is locked with flock for the
    /// run).
    static Result<std::unique_ptr<DiskImage>> open(const std::filesystem::path& path, DiskWrites writes,
                                                   std::vector<BadSectors> bad = {});
    ~DiskImage() override;
    DiskImage(const DiskImage&) = delete;
    DiskImage& operator=(const DiskImage&) = delete;

    [[nodiscard]] uint32_t sectors() const override { return sectors_; }
    /// Errors of the host's file (it shrank, its disk is broken or full) are errors of the medium.
    [[nodiscard]] bool read(uint32_t number, Sector data) override;
    [[nodiscard]] bool write(uint32_t number, ConstSector data) override;
    [[nodiscard]] bool flush() override;

    /// Writes the disk as the guest sees it to a new file, holes where it is zero; the file appears whole or
    /// not at all. Injected errors do not matter here.
    [[nodiscard]] Result<void> save(const std::filesystem::path& path) const;

    /// What was written, by chunk; whole chunks, the last may go beyond the end. A copy shares them: each is
    /// copied when it is written again.
    using Chunk = std::array<uint8_t, kDiskChunk>;
    using Overlay = std::map<uint32_t, std::shared_ptr<Chunk>>;
    [[nodiscard]] bool keeps_changes() const { return writes_ == DiskWrites::Overlay; }
    [[nodiscard]] const Overlay& overlay() const { return overlay_; }
    /// `overlay` is an earlier one of this disk.
    void set_overlay(Overlay overlay) { overlay_ = std::move(overlay); }

    /// Error: the image cannot be read.
    [[nodiscard]] Result<DiskChanges> changes() const;
    /// Makes the disk what it was when `changes` was taken. Error, without the image's path: `changes` is of
    /// another image, or damaged, or of a disk that kept its changes while this one writes through.
    [[nodiscard]] Result<void> apply(const DiskChanges& changes);

  private:
    static constexpr size_t kChunk = kDiskChunk, kSectorsOfChunk = kChunk / kSectorSize;

    DiskImage(std::string path, int file, uint32_t sectors, DiskWrites writes, std::vector<BadSectors> bad);
    [[nodiscard]] bool is_bad(BadSectors::Access access, uint32_t number) const;
    [[nodiscard]] uint64_t size() const { return uint64_t{sectors_} * kSectorSize; }
    [[nodiscard]] bool read_chunk(uint32_t index, Chunk& chunk) const;
    [[nodiscard]] bool copy_to(int file) const;
    [[nodiscard]] std::optional<uint64_t> image_checksum() const;

    const std::string path_;
    const int file_;
    const uint32_t sectors_;
    const DiskWrites writes_;
    const std::vector<BadSectors> bad_;
    Overlay overlay_;
};

}  // namespace mmscope
