// SPDX-License-Identifier: GPL-2.0-or-later
// write(2) in large pieces, and the way back when one fails.
#include "trace/trace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace mmscope {

namespace {

constexpr size_t kBufferSize = size_t{1} << 16;

}  // namespace

Result<TraceFile> TraceFile::create(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return fail(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    return TraceFile(descriptor, path);
}

TraceFile::TraceFile(TraceFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
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
    return buffer_.size() < kBufferSize ? Result<void>{} : flush();
}

Result<void> TraceFile::flush() {
    if (!error_.empty()) return fail(error_);
    size_t written = 0;
    while (written < buffer_.size()) {
        const ssize_t n = ::write(descriptor_, buffer_.data() + written, buffer_.size() - written);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return write_failed(n < 0 ? errno : ENOSPC, written);
        written += static_cast<size_t>(n);
    }
    on_disk_ += written;
    buffer_.clear();
    return {};
}

Result<void> TraceFile::write_failed(int error, size_t written) {
    const size_t last_line = written ? buffer_.rfind('\n', written - 1) : std::string::npos;
    if (last_line != std::string::npos) on_disk_ += last_line + 1;
    // On a device or pipe there is nothing to cut; the error itself is what counts.
    const bool cut = ::ftruncate(descriptor_, static_cast<off_t>(on_disk_)) == 0;
    error_ = fmt::format("{}: writing failed after {} bytes: {}{}", path_, on_disk_, std::strerror(error),
                         cut ? "; the file ends with its last whole record" : "");
    buffer_.clear();
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
