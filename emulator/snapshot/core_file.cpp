// SPDX-License-Identifier: GPL-2.0-or-later
// Two kinds of files. The table of a compressed one is believed as far as the frames bear it out.
#include "snapshot/core_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/zstd.h"
#include "snapshot/seekable.h"

namespace mmscope {
namespace {

class OpenedFile {
  public:
    OpenedFile() = default;
    OpenedFile(OpenedFile&& other) noexcept : file_(std::exchange(other.file_, -1)), size_(other.size_) {}
    OpenedFile& operator=(OpenedFile&&) = delete;
    ~OpenedFile() {
        if (file_ >= 0) ::close(file_);
    }

    Result<void> open(const std::filesystem::path& path);
    [[nodiscard]] uint64_t size() const { return size_; }
    /// False: an error, or the file ends before.
    [[nodiscard]] bool read(uint64_t offset, std::span<std::byte> bytes) const;

  private:
    int file_ = -1;
    uint64_t size_ = 0;
};

Result<void> OpenedFile::open(const std::filesystem::path& path) {
    // Without waiting: a FIFO would wait for a writer.
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (file_ < 0 || ::fstat(file_, &status) != 0)
        return fail(fmt::format("cannot read: {}", std::strerror(errno)));
    if (!S_ISREG(status.st_mode)) return fail("not a regular file");
    size_ = static_cast<uint64_t>(status.st_size);
    return {};
}

bool OpenedFile::read(uint64_t offset, std::span<std::byte> bytes) const {
    if (offset > size_ || bytes.size() > size_ - offset) return false;
    while (!bytes.empty()) {
        const ssize_t count = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
    return true;
}

class PlainCore final : public CoreFile {
  public:
    explicit PlainCore(OpenedFile file) : file_(std::move(file)) {}
    [[nodiscard]] uint64_t size() const override { return file_.size(); }
    [[nodiscard]] Result<void> read(uint64_t offset, std::span<std::byte> bytes) override {
        return file_.read(offset, bytes) ? Result<void>{} : fail("truncated");
    }

  private:
    OpenedFile file_;
};

class CompressedCore final : public CoreFile {
  public:
    explicit CompressedCore(OpenedFile file) : file_(std::move(file)) {}
    Result<void> read_table();
    [[nodiscard]] uint64_t size() const override { return size_; }
    [[nodiscard]] Result<void> read(uint64_t offset, std::span<std::byte> bytes) override;

  private:
    struct Frame {
        uint64_t first, at;  // where its contents begin in the core, and itself in the file
        uint32_t size, compressed;
    };
    /// What is shorter is no frame (RFC 8878, 3.1.1), so the table takes little more memory than the file.
    static constexpr uint32_t kSmallestFrame = 9;
    static constexpr uint32_t kLargestCompressed = kLargestFrame + (kLargestFrame >> 7);

    Result<void> add_frame(const SeekEntry& entry, uint64_t end);
    /// Its contents; they stay until the next call.
    Result<std::span<const std::byte>> open_frame(size_t number);

    OpenedFile file_;
    std::vector<Frame> frames_;
    uint64_t size_ = 0, next_ = 0;  // next_: where the next frame would begin
    FrameDecompressor decompressor_;
    std::optional<size_t> open_;
    std::vector<std::byte> contents_, compressed_;
};

std::unexpected<Error> wrong_table() {
    return fail("damaged: its table of frames does not fit the file");
}

Result<void> CompressedCore::add_frame(const SeekEntry& entry, uint64_t end) {
    const bool possible = entry.size > 0 && entry.size <= kLargestFrame &&
                          entry.compressed >= kSmallestFrame && entry.compressed <= kLargestCompressed &&
                          entry.compressed <= end - next_;
    if (!possible) return wrong_table();
    frames_.push_back({size_, next_, entry.size, entry.compressed});
    size_ += entry.size;
    next_ += entry.compressed;
    return {};
}

Result<void> CompressedCore::read_table() {
    SeekFoot foot;
    SeekHead head;
    const uint64_t all = file_.size();
    const bool has_foot = all >= sizeof(head) + sizeof(foot) &&
                          file_.read(all - sizeof(foot), std::as_writable_bytes(std::span(&foot, 1)));
    if (!has_foot || foot.magic != SeekFoot::kMagic)
        return fail("compressed, but without a table of frames at its end: truncated, or not by emu");
    const uint64_t entries = uint64_t{foot.frames} * sizeof(SeekEntry);
    const uint64_t room = all - sizeof(head) - sizeof(foot);
    if (foot.descriptor != 0 || entries > room) return wrong_table();
    const uint64_t end = room - entries;  // of the frames
    if (uint64_t{foot.frames} * kSmallestFrame > end) return wrong_table();
    if (!file_.read(end, std::as_writable_bytes(std::span(&head, 1))) || head.magic != SeekHead::kMagic ||
        head.size != entries + sizeof(foot)) {
        return wrong_table();
    }
    std::vector<SeekEntry> table(foot.frames);
    if (!file_.read(end + sizeof(head), std::as_writable_bytes(std::span(table)))) return wrong_table();
    frames_.reserve(table.size());
    for (const SeekEntry& entry : table) {
        if (auto added = add_frame(entry, end); !added) return added;
    }
    return next_ == end ? Result<void>{} : wrong_table();
}

Result<std::span<const std::byte>> CompressedCore::open_frame(size_t number) {
    const Frame& frame = frames_[number];
    if (open_ != number) {
        open_.reset();
        contents_.resize(frame.size);
        compressed_.resize(frame.compressed);
        if (!file_.read(frame.at, compressed_) || !decompressor_.open(compressed_, contents_))
            return fail(fmt::format("damaged: frame {} at byte {} cannot be decompressed", number, frame.at));
        open_ = number;
    }
    return contents_;
}

Result<void> CompressedCore::read(uint64_t offset, std::span<std::byte> bytes) {
    if (offset > size_ || bytes.size() > size_ - offset) return fail("truncated");
    while (!bytes.empty()) {
        const auto behind = std::ranges::upper_bound(frames_, offset, {}, &Frame::first);
        const auto number = static_cast<size_t>(behind - frames_.begin()) - 1;
        const auto contents = open_frame(number);
        if (!contents) return std::unexpected(contents.error());
        const auto here = contents->subspan(offset - frames_[number].first);
        const size_t count = std::min(here.size(), bytes.size());
        std::memcpy(bytes.data(), here.data(), count);
        bytes = bytes.subspan(count);
        offset += count;
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<CoreFile>> CoreFile::open(const std::filesystem::path& path) {
    OpenedFile file;
    if (auto opened = file.open(path); !opened) return std::unexpected(opened.error());
    uint32_t magic = 0;
    const bool compressed = file.read(0, std::as_writable_bytes(std::span(&magic, 1))) && magic == kZstdMagic;
    if (!compressed) return std::make_unique<PlainCore>(std::move(file));
    auto core = std::make_unique<CompressedCore>(std::move(file));
    if (auto table = core->read_table(); !table) return std::unexpected(table.error());
    return core;
}

}  // namespace mmscope
