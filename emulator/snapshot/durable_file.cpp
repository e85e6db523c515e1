// SPDX-License-Identifier: GPL-2.0-or-later
// Temporary name, fsync, rename, fsync of the folder: at each moment the old file or the new one is there.
#include "snapshot/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mmscope {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
    const auto folder = path.parent_path();
    return folder.empty() ? "." : folder;
}

std::unexpected<Error> cannot_write(const std::filesystem::path& path, const char* why) {
    return fail(fmt::format("{}: cannot write: {}", path.string(), why));
}

/// A rename is on the disk when its folder is.
bool sync_folder(const std::filesystem::path& folder) {
    const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return false;
    const bool done = ::fsync(file) == 0 || errno == EINVAL;  // EINVAL: a file system that has nothing to do
    ::close(file);
    return done;
}

}  // namespace

Result<void> DurableFile::check(const std::filesystem::path& path) {
    if (::access(folder_of(path).c_str(), W_OK | X_OK) != 0) return cannot_write(path, std::strerror(errno));
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
        return cannot_write(path, S_ISDIR(status.st_mode) ? "it is a folder" : "it is no regular file");
    }
    return {};
}

Result<std::unique_ptr<DurableFile>> DurableFile::create(const std::filesystem::path& path) {
    if (auto fit = check(path); !fit) return std::unexpected(fit.error());
    std::string temporary = path.string() + ".XXXXXX";
    const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (file < 0) return cannot_write(path, std::strerror(errno));
    std::unique_ptr<DurableFile> made(new DurableFile(path, std::move(temporary), file));
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(file, 0666 & ~mask) != 0) return made->failed();
    return made;
}

DurableFile::~DurableFile() {
    ::close(file_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

std::unexpected<Error> DurableFile::failed() const {
    return cannot_write(path_, std::strerror(errno));
}

Result<void> DurableFile::write(uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count == 0) errno = ENOSPC;
        if (count <= 0) return failed();
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
    return {};
}

Result<void> DurableFile::commit(uint64_t size) {
    if (::ftruncate(file_, static_cast<off_t>(size)) != 0 || ::fsync(file_) != 0) return failed();
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed();
    temporary_.clear();
    if (!sync_folder(folder_of(path_))) return failed();
    return {};
}

}  // namespace mmscope
