// SPDX-License-Identifier: GPL-2.0-or-later
// Frames are collected and written many at a time.
#include "snapshot/seekable.h"

#include <algorithm>

#include "base/check.h"

namespace mmscope {
namespace {

constexpr size_t kBuffer = 1u << 20;

const std::vector<std::byte>& many_zeros() {
    static const std::vector<std::byte> zeros(kLargestFrame);
    return zeros;
}

}  // namespace

Result<void> SeekableWriter::flush() {
    if (auto written = file_.write(written_, buffer_); !written) return written;
    written_ += buffer_.size();
    buffer_.clear();
    return {};
}

Result<void> SeekableWriter::append(std::span<const std::byte> bytes) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return buffer_.size() < kBuffer ? Result<void>{} : flush();
}

Result<void> SeekableWriter::add(std::span<const std::byte> bytes) {
    CHECK(!bytes.empty() && bytes.size() <= kLargestFrame);
    const size_t before = buffer_.size();
    compressor_.append(bytes, buffer_);
    table_.push_back({static_cast<uint32_t>(buffer_.size() - before), static_cast<uint32_t>(bytes.size())});
    return append({});
}

Result<void> SeekableWriter::add_zeros(uint64_t count) {
    if (count >= kLargestFrame && zeros_.empty()) compressor_.append(many_zeros(), zeros_);
    for (; count >= kLargestFrame; count -= kLargestFrame) {
        table_.push_back({static_cast<uint32_t>(zeros_.size()), kLargestFrame});
        if (auto added = append(zeros_); !added) return added;
    }
    return count == 0 ? Result<void>{} : add(std::span(many_zeros()).first(count));
}

Result<void> SeekableWriter::finish() {
    const auto table = std::as_bytes(std::span(table_));
    const SeekHead head{.size = static_cast<uint32_t>(table.size() + sizeof(SeekFoot))};
    const SeekFoot foot{.frames = static_cast<uint32_t>(table_.size())};
    for (const auto part : {std::as_bytes(std::span(&head, 1)), table, std::as_bytes(std::span(&foot, 1))}) {
        if (auto added = append(part); !added) return added;
    }
    if (auto written = flush(); !written) return written;
    return file_.commit(written_);
}

}  // namespace mmscope
