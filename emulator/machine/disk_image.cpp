// SPDX-License-Identifier: GPL-2.0-or-later
// The image's file, the overlay over it, and the copy that is written at the end.
#include "machine/disk_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mmscope {
namespace {

constexpr uint32_t kMostSectors = (1u << 28) - 1;

/// Every byte at `offset`, whatever pread and signals do. False: an error, or the file ends before.
bool read_all(int file, std::span<uint8_t> bytes, uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t count = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
    return true;
}

bool write_all(int file, std::span<const uint8_t> bytes, uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
    return true;
}

class OpenFile {
  public:
    explicit OpenFile(int number) : number_(number) {}
    ~OpenFile() {
        if (number_ >= 0) ::close(number_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    [[nodiscard]] int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }

  private:
    int number_;
};

/// The number of sectors of a file that can be an image.
Result<uint32_t> validate_image(const std::string& path, const struct stat& status) {
    if (S_ISDIR(status.st_mode)) return fail(fmt::format("{}: a folder, expected a disk image", path));
    if (!S_ISREG(status.st_mode)) return fail(fmt::format("{}: not a regular file", path));
    const auto size = static_cast<uint64_t>(status.st_size);
    if (size == 0) return fail(fmt::format("{}: an empty file, expected a disk image", path));
    if (size % kSectorSize != 0) {
        return fail(
            fmt::format("{}: {} bytes, expected a multiple of {}, whole sectors", path, size, kSectorSize));
    }
    if (size / kSectorSize > kMostSectors) {
        return fail(
            fmt::format("{}: {} sectors, a disk has at most {}", path, size / kSectorSize, kMostSectors));
    }
    return static_cast<uint32_t>(size / kSectorSize);
}

}  // namespace

Result<std::unique_ptr<DiskImage>> DiskImage::open(const std::filesystem::path& path, DiskWrites writes,
                                                   std::vector<BadSectors> bad) {
    const std::string name = path.string();
    const bool through = writes == DiskWrites::Through;
    // Opened without waiting: a FIFO would wait for a writer.
    OpenFile file(::open(path.c_str(), (through ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) {
        const int why = errno;
        if (why == EISDIR) return fail(fmt::format("{}: a folder, expected a disk image", name));
        return fail(
            fmt::format("{}: cannot {}: {}", name, through ? "read and write" : "read", std::strerror(why)));
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return fail(fmt::format("{}: {}", name, std::strerror(errno)));
    const auto sectors = validate_image(name, status);
    if (!sectors) return std::unexpected(sectors.error());
    if (::flock(file.get(), (through ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return fail(fmt::format("{}: in use by another disk or another run of emu", name));
    }
    return std::unique_ptr<DiskImage>(new DiskImage(name, file.release(), *sectors, writes, std::move(bad)));
}

DiskImage::DiskImage(std::string path, int file, uint32_t sectors, DiskWrites writes,
                     std::vector<BadSectors> bad)
    : path_(std::move(path)), file_(file), sectors_(sectors), writes_(writes), bad_(std::move(bad)) {}

DiskImage::~DiskImage() {
    ::close(file_);
}

bool DiskImage::is_bad(BadSectors::Access access, uint32_t number) const {
    return std::ranges::any_of(bad_, [access, number](const BadSectors& range) {
        return range.access == access && number >= range.first && number < range.end;
    });
}

bool DiskImage::read(uint32_t number, Sector data) {
    if (is_bad(BadSectors::Access::Read, number)) return false;
    const auto chunk = overlay_.find(static_cast<uint32_t>(number / kSectorsOfChunk));
    if (chunk == overlay_.end()) return read_all(file_, data, uint64_t{number} * kSectorSize);
    std::memcpy(data.data(), chunk->second->data() + number % kSectorsOfChunk * kSectorSize, kSectorSize);
    return true;
}

bool DiskImage::write(uint32_t number, ConstSector data) {
    if (is_bad(BadSectors::Access::Write, number)) return false;
    if (writes_ == DiskWrites::Through) return write_all(file_, data, uint64_t{number} * kSectorSize);
    const auto index = static_cast<uint32_t>(number / kSectorsOfChunk);
    auto chunk = overlay_.find(index);
    if (chunk == overlay_.end()) {
        auto fresh = std::make_shared<Chunk>();
        if (!read_chunk(index, *fresh)) return false;
        chunk = overlay_.emplace(index, std::move(fresh)).first;
    } else if (chunk->second.use_count() > 1) {
        chunk->second = std::make_shared<Chunk>(*chunk->second);
    }
    std::memcpy(chunk->second->data() + number % kSectorsOfChunk * kSectorSize, data.data(), kSectorSize);
    return true;
}

bool DiskImage::flush() {
    return writes_ == DiskWrites::Overlay || ::fdatasync(file_) == 0;
}

/// Behind the end of the disk it is zero.
bool DiskImage::read_chunk(uint32_t index, Chunk& chunk) const {
    if (const auto changed = overlay_.find(index); changed != overlay_.end()) {
        chunk = *changed->second;
        return true;
    }
    const uint64_t at = uint64_t{index} * kChunk;
    const auto count = static_cast<size_t>(std::min<uint64_t>(kChunk, size() - at));
    std::fill(chunk.begin() + static_cast<ptrdiff_t>(count), chunk.end(), uint8_t{0});
    return read_all(file_, std::span(chunk).first(count), at);
}

bool DiskImage::copy_to(int file) const {
    if (::ftruncate(file, static_cast<off_t>(size())) != 0) return false;
    Chunk chunk;
    for (uint64_t at = 0; at < size(); at += kChunk) {
        if (!read_chunk(static_cast<uint32_t>(at / kChunk), chunk)) return false;
        const auto count = static_cast<size_t>(std::min<uint64_t>(kChunk, size() - at));
        const bool zero = std::ranges::all_of(chunk, [](uint8_t byte) { return byte == 0; });
        if (!zero && !write_all(file, std::span(chunk).first(count), at)) return false;
    }
    return ::fsync(file) == 0;
}

Result<void> DiskImage::save(const std::filesystem::path& path) const {
    std::string temporary = path.string() + ".XXXXXX";
    const auto failed = [&path] {
        return fail(fmt::format("{}: cannot write: {}", path.string(), std::strerror(errno)));
    };
    errno = 0;
    OpenFile file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.get() < 0) return failed();
    const mode_t mask = ::umask(0);
    ::umask(mask);
    const bool written = ::fchmod(file.get(), 0666 & ~mask) == 0 && copy_to(file.get()) &&
                         ::rename(temporary.c_str(), path.c_str()) == 0;
    if (written) return {};
    const auto error = failed();
    ::unlink(temporary.c_str());
    return error;
}

}  // namespace mmscope
