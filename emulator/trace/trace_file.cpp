// SPDX-License-Identifier: GPL-2.0-or-later
// write(2) in large pieces, and the way back when one fails.
#include "trace/trace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/zstd.h"

namespace mmscope {

namespace {

constexpr size_t kBufferSize = size_t{1} << 16;
constexpr size_t kFrameSize = size_t{1} << 20;  // before compression

}  // namespace

Result<TraceFile> TraceFile::create(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return fail(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    return TraceFile(descriptor, path);
}

TraceFile::TraceFile(int descriptor, std::string path)
    : descriptor_(descriptor), path_(std::move(path)), compressed_(path_.ends_with(kZstdExtension)) {}

TraceFile::TraceFile(TraceFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      compressed_(other.compressed_),
      buffer_(std::move(other.buffer_)),
      on_disk_(other.on_disk_),
      error_(std::move(other.error_)) {}

TraceFile::~TraceFile() {
    if (descriptor_ < 0) return;
    (void)flush();
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> TraceFile::commit() {
    if (!error_.empty()) return fail(error_);
    return buffer_.size() < (compressed_ ? kFrameSize : kBufferSize) ? Result<void>{} : flush();
}

Result<void> TraceFile::flush() {
    if (!error_.empty()) return fail(error_);
    if (buffer_.empty()) return {};
    auto done = write_out(compressed_ ? compress_frame(buffer_) : buffer_);
    buffer_.clear();
    return done;
}

Result<void> TraceFile::write_out(const std::string& bytes) {
    size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t n = ::write(descriptor_, bytes.data() + written, bytes.size() - written);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const size_t last_line = compressed_ || written == 0 ? 0 : bytes.rfind('\n', written - 1) + 1;
            return write_failed(n < 0 ? errno : ENOSPC, last_line);
        }
        written += static_cast<size_t>(n);
    }
    on_disk_ += written;
    return {};
}

/// `whole`: how many of the last bytes end with a whole record.
Result<void> TraceFile::write_failed(int error, size_t whole) {
    on_disk_ += whole;
    // On a device or pipe there is nothing to cut; the error itself is what counts.
    const bool cut = ::ftruncate(descriptor_, static_cast<off_t>(on_disk_)) == 0;
    error_ = fmt::format("{}: writing failed after {} bytes: {}{}", path_, on_disk_, std::strerror(error),
                         cut ? "; the file ends with its last whole record" : "");
    return fail(error_);
}

Result<void> TraceFile::close() {
    const auto flushed = flush();
    const int descriptor = std::exchange(descriptor_, -1);
    if (descriptor >= 0 && ::close(descriptor) != 0 && flushed) {
        return fail(fmt::format("{}: closing failed: {}", path_, std::strerror(errno)));
    }
    return flushed;
}

}  // namespace mmscope
