// SPDX-License-Identifier: GPL-2.0-or-later
// A disk in a snapshot: the overlay, and which image it lies over.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/checksum.h"
#include "machine/disk_image.h"

namespace mmscope {

/// Goes from one stretch of data to the next: an image of many empty GiB costs nothing.
std::optional<uint64_t> DiskImage::image_checksum() const {
    PageChecksum sum;
    std::vector<std::byte> buffer(256 * kChunk);
    for (uint64_t at = 0; at < size();) {
        const off_t data = ::lseek(file_, static_cast<off_t>(at), SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;  // nothing but a hole up to the end
        if (data > static_cast<off_t>(at)) at = static_cast<uint64_t>(data) / kChunk * kChunk;
        const auto wanted = static_cast<size_t>(std::min<uint64_t>(buffer.size(), size() - at));
        const ssize_t count = ::pread(file_, buffer.data(), wanted, static_cast<off_t>(at));
        if (count < 0 && errno == EINTR) continue;
        if (count != static_cast<ssize_t>(wanted)) return std::nullopt;
        std::fill(buffer.begin() + count, buffer.end(), std::byte{0});
        for (size_t page = 0; page < wanted; page += kChunk)
            sum.add((at + page) / kChunk, std::span(buffer).subspan(page, kChunk));
        at += wanted;
    }
    return sum.value();
}

Result<DiskChanges> DiskImage::changes() const {
    const auto image = image_checksum();
    if (!image) return fail(fmt::format("{}: cannot read: {}", path_, std::strerror(errno)));
    DiskChanges changes{.sectors = sectors_, .image = *image, .chunks = {}, .bytes = {}};
    changes.bytes.reserve(overlay_.size() * kChunk);
    for (const auto& [index, chunk] : overlay_) {
        changes.chunks.push_back(index);
        const auto bytes = std::as_bytes(std::span(*chunk));
        changes.bytes.insert(changes.bytes.end(), bytes.begin(), bytes.end());
    }
    return changes;
}

Result<void> DiskImage::apply(const DiskChanges& changes) {
    if (changes.sectors != sectors_)
        return fail(fmt::format("has {} sectors, the snapshot's had {}", sectors_, changes.sectors));
    if (image_checksum() != changes.image) return fail("not the image of this snapshot: its contents differ");
    const auto outside = [this](uint32_t index) { return uint64_t{index} * kSectorsOfChunk >= sectors_; };
    if (changes.bytes.size() != changes.chunks.size() * kChunk ||
        std::ranges::any_of(changes.chunks, outside)) {
        return fail("damaged: chunks that are not of this disk");
    }
    if (writes_ == DiskWrites::Through && !changes.chunks.empty())
        return fail("changed in memory when it was saved: expected disk.overlay = true");
    overlay_.clear();
    for (size_t i = 0; i < changes.chunks.size(); ++i) {
        auto chunk = std::make_shared<Chunk>();
        std::memcpy(chunk->data(), changes.bytes.data() + i * kChunk, kChunk);
        overlay_[changes.chunks[i]] = std::move(chunk);
    }
    return {};
}

}  // namespace mmscope
