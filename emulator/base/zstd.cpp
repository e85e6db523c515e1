// SPDX-License-Identifier: GPL-2.0-or-later
// The only file that knows libzstd.
#include "base/zstd.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace mmscope {

namespace {

constexpr int kLargestWindow = 27;  // 128 MiB: what libzstd takes by itself; a frame cannot ask for more

}  // namespace

std::string compress_frame(std::span<const char> bytes) {
    const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    CHECK(context != nullptr);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string frame(ZSTD_compressBound(bytes.size()), '\0');
    const size_t size = ZSTD_compress2(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size());
    CHECK(!ZSTD_isError(size));
    frame.resize(size);
    return frame;
}

struct FrameCompressor::Context {
    std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> zstd{ZSTD_createCCtx(), ZSTD_freeCCtx};
};

FrameCompressor::FrameCompressor() : context_(std::make_unique<Context>()) {
    ZSTD_CCtx* zstd = context_->zstd.get();
    CHECK(zstd != nullptr);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, 1);
}

FrameCompressor::~FrameCompressor() = default;

void FrameCompressor::append(std::span<const std::byte> bytes, std::vector<std::byte>& out) {
    const size_t before = out.size();
    out.resize(before + ZSTD_compressBound(bytes.size()));
    const size_t size = ZSTD_compress2(context_->zstd.get(), out.data() + before, out.size() - before,
                                       bytes.data(), bytes.size());
    CHECK(!ZSTD_isError(size));
    out.resize(before + size);
}

struct FrameDecompressor::Context {
    std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> zstd{ZSTD_createDCtx(), ZSTD_freeDCtx};
};

FrameDecompressor::FrameDecompressor() : context_(std::make_unique<Context>()) {
    CHECK(context_->zstd != nullptr);
}

FrameDecompressor::~FrameDecompressor() = default;

bool FrameDecompressor::open(std::span<const std::byte> frame, std::span<std::byte> out) {
    const size_t size =
        ZSTD_decompressDCtx(context_->zstd.get(), out.data(), out.size(), frame.data(), frame.size());
    return !ZSTD_isError(size) && size == out.size();
}

struct ByteSource::Decompressor {
    std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context{ZSTD_createDCtx(), ZSTD_freeDCtx};
    std::vector<char> input = std::vector<char>(ZSTD_DStreamInSize());
    ZSTD_inBuffer part{input.data(), 0, 0};
    bool frame_is_open = false;
};

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::filesystem::path& path) {
    std::unique_ptr<ByteSource> source(new ByteSource);
    source->path_ = path.string();
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return fail(source->path_ + ": is a folder");
    source->file_.open(path, std::ios::binary);
    if (!source->file_) return fail(fmt::format("{}: {}", source->path_, std::strerror(errno)));
    const auto size = std::filesystem::file_size(path, error);
    source->size_ = error ? 0 : size;
    if (path.extension() == kZstdExtension) {
        source->zstd_ = std::make_unique<Decompressor>();
        ZSTD_DCtx_setParameter(source->zstd_->context.get(), ZSTD_d_windowLogMax, kLargestWindow);
    }
    return source;
}

ByteSource::~ByteSource() = default;

Result<size_t> ByteSource::read(std::span<char> out) {
    return zstd_ ? read_compressed(out) : read_plain(out);
}

Result<size_t> ByteSource::read_plain(std::span<char> out) {
    file_.read(out.data(), static_cast<std::streamsize>(out.size()));
    if (file_.bad()) return fail(fmt::format("{}: {}", path_, std::strerror(errno)));
    used_ += static_cast<uint64_t>(file_.gcount());
    return static_cast<size_t>(file_.gcount());
}

Result<size_t> ByteSource::read_compressed(std::span<char> out) {
    Decompressor& zstd = *zstd_;
    ZSTD_outBuffer wanted{out.data(), out.size(), 0};
    while (wanted.pos < wanted.size) {
        if (zstd.part.pos == zstd.part.size) {
            const auto got = read_plain(zstd.input);
            if (!got) return got;
            zstd.part.pos = 0;
            zstd.part.size = *got;
            if (*got == 0 && zstd.frame_is_open) return fail(path_ + ": ends in the middle of a frame");
            if (*got == 0) break;
        }
        const size_t left = ZSTD_decompressStream(zstd.context.get(), &wanted, &zstd.part);
        if (ZSTD_isError(left)) return fail(fmt::format("{}: {}", path_, ZSTD_getErrorName(left)));
        zstd.frame_is_open = left != 0;
    }
    return wanted.pos;
}

}  // namespace mmscope
